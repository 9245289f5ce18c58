/// How a `CurlTransport` reaches its servers.
public struct CurlSettings: Sendable {
  /// A PEM file of certificate authorities; nil: the system's directory `/etc/ssl/certs`, which is read
  /// ten times faster than the system's bundle because only the needed authority is loaded.
  public var caBundle: String?
  /// The proxies of the environment; never used for loopback and link-local addresses.
  public var proxy: ProxySettings
  /// The interface or VRF requests leave by; nil: the routing table decides.
  public var bindInterface: String?
  /// A Unix socket that stands for every host.
  public var unixSocketPath: String?
  /// Whether plain http is allowed to 169.254.0.0/16 and fd00:ec2::254 too: for the instance metadata.
  public var allowsLinkLocal: Bool
  /// The longest body that is accepted, in bytes.
  public var maximumBodyBytes: Int
  /// How long sent bytes may stay unacknowledged before the connection counts as dead, in milliseconds.
  ///
  /// It decides what a silently dead connection costs a claim. The kernel repeats a lost segment after
  /// about 200 and 600 ms within one Region, so 700 ms forgives two losses in a row; a distant endpoint
  /// (round trip over 300 ms) should get more. tcp(7), TCP_USER_TIMEOUT.
  public var deadConnectionMilliseconds: Int
  /// Called on the transport's thread, and must not block, when a connection nobody was using is found
  /// closed or dead: the moment to warm another one.
  public var idleConnectionLost: (@Sendable () -> Void)?

  /// Makes settings; what is left out is the default for EC2.
  public init(
    caBundle: String? = nil, proxy: ProxySettings = .none, bindInterface: String? = nil,
    unixSocketPath: String? = nil, allowsLinkLocal: Bool = false, maximumBodyBytes: Int = 1 << 20,
    deadConnectionMilliseconds: Int = 700, idleConnectionLost: (@Sendable () -> Void)? = nil
  ) {
    self.caBundle = caBundle
    self.proxy = proxy
    self.bindInterface = bindInterface
    self.unixSocketPath = unixSocketPath
    self.allowsLinkLocal = allowsLinkLocal
    self.maximumBodyBytes = maximumBodyBytes
    self.deadConnectionMilliseconds = deadConnectionMilliseconds
    self.idleConnectionLost = idleConnectionLost
  }
}
