/// Where a listener listens and what it grants its clients; the library's own defaults are never used.
public struct ListenerSettings: Sendable {
  /// Where to listen.
  public enum Endpoint: Sendable, Equatable {
    /// A Unix socket at `path` with these permission bits; `groupId` nil leaves the process's own group.
    case unix(path: String, permissions: UInt32 = 0o660, groupId: UInt32? = nil)
    /// A numeric IPv4 or IPv6 address; port 0 takes any free port (`HTTPListener.port` tells which).
    case tcp(address: String, port: UInt16)
  }

  /// The server's certificate and key for TLS, both PEM.
  ///
  /// It never prints the key.
  public struct TLS: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    let certificatePEM: String
    let keyPEM: String
    let clientCAPEM: String?

    /// Takes a certificate chain (the server's own first) and its private key.
    ///
    /// With the CAs of client certificates, clients are asked for one, and each request tells in
    /// `clientCertificate` what they showed; the handler decides.
    public init(certificatePEM: String, keyPEM: String, clientCAPEM: String? = nil) {
      self.certificatePEM = certificatePEM
      self.keyPEM = keyPEM
      self.clientCAPEM = clientCAPEM
    }

    /// Says that there is TLS, and nothing of the key.
    public var description: String { "TLS(key: redacted)" }
    /// The same as `description`.
    public var debugDescription: String { description }
    /// Shows no member.
    public var customMirror: Mirror { Mirror(self, children: []) }
  }

  /// Where to listen.
  public var endpoint: Endpoint
  /// How many connections may be open; further ones are accepted and closed at once.
  public var connectionLimit: UInt32
  /// How many of them one client address may have; 0: as many as there are.
  public var connectionsPerAddress: UInt32
  /// How many of them one user of the Unix socket may have; 0: as many as there are.
  ///
  /// Root and the process's own user aside. Further ones are accepted and closed at once.
  public var connectionsPerUser: UInt32
  /// Memory for one connection's header and answer head, in bytes; taken when it is accepted.
  public var connectionMemoryBytes: Int
  /// Stack of each connection's thread, in bytes of address space: only what is touched costs memory.
  public var threadStackBytes: Int
  /// Connections the kernel may hold before they are accepted; it caps this at net.core.somaxconn.
  public var backlog: Int32
  /// The longest request line and header together, in bytes; longer ones get 431.
  public var maximumHeaderBytes: Int
  /// The longest body, in bytes; longer ones get 413 and are not read.
  public var maximumBodyBytes: Int
  /// From accept(2) (and the TLS handshake, if any) to the end of the first header, in seconds.
  public var headerDeadlineSeconds: Double
  /// From the end of a header to the end of its body, in seconds.
  public var bodyDeadlineSeconds: Double
  /// From the end of an answer to the end of the next header, in seconds.
  public var idleDeadlineSeconds: Double
  /// From the handler's answer until the client has taken it, in seconds.
  public var answerDeadlineSeconds: Double
  /// Bind a TCP address that this host does not have yet, as one that DHCP brings (IP_FREEBIND, ip(7)).
  public var bindsAhead: Bool
  /// Speak TLS (GnuTLS, 1.2 or later) with these; nil for plain HTTP.
  public var tls: TLS?

  /// Settings with the limits that fit the Unix socket of a router.
  public init(
    endpoint: Endpoint, connectionLimit: UInt32 = 1_100, connectionsPerAddress: UInt32 = 0,
    connectionsPerUser: UInt32 = 64,
    connectionMemoryBytes: Int = 16_384, threadStackBytes: Int = 524_288, backlog: Int32 = 4_096,
    maximumHeaderBytes: Int = 8_192,
    maximumBodyBytes: Int = 4_096, headerDeadlineSeconds: Double = 3, bodyDeadlineSeconds: Double = 5,
    idleDeadlineSeconds: Double = 30, answerDeadlineSeconds: Double = 30, bindsAhead: Bool = false,
    tls: TLS? = nil
  ) {
    self.endpoint = endpoint
    self.connectionLimit = connectionLimit
    self.connectionsPerAddress = connectionsPerAddress
    self.connectionsPerUser = connectionsPerUser
    self.connectionMemoryBytes = connectionMemoryBytes
    self.threadStackBytes = threadStackBytes
    self.backlog = backlog
    self.maximumHeaderBytes = maximumHeaderBytes
    self.maximumBodyBytes = maximumBodyBytes
    self.headerDeadlineSeconds = headerDeadlineSeconds
    self.bodyDeadlineSeconds = bodyDeadlineSeconds
    self.idleDeadlineSeconds = idleDeadlineSeconds
    self.answerDeadlineSeconds = answerDeadlineSeconds
    self.bindsAhead = bindsAhead
    self.tls = tls
  }
}
