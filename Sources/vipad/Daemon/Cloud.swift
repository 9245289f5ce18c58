import AWS
import Failover
import FoundationEssentials
import Netlink

/// What the daemon has of AWS: credentials, instance metadata, and the ways to EC2.
///
/// Claims have a transport of their own, so that no read is ever in their way.
struct Cloud: Sendable {
  let options: AWSOptions
  let environment: [String: String]
  let skew = ClockSkew()
  let credentials: CredentialProvider
  let metadata: InstanceMetadata
  let finder: IdentityFinder
  let tally = Tally()
  /// Given when the claims' connection was found broken while nothing was under way, or can be made.
  let wantsWarming = Signal()

  private let claims: CurlTransport
  private let reads: CurlTransport

  /// What goes on in the background runs on `thread`, and sleeps by it; nil: by the cooperative pool.
  init(_ configuration: Configuration, environment: [String: String], thread: OwnThread? = nil) throws {
    options = configuration.aws
    self.environment = environment
    var settings = CurlSettings(
      caBundle: options.caBundle ?? environment["AWS_CA_BUNDLE"],
      proxy: ProxySettings(environment: environment), bindInterface: options.bindInterface)
    reads = try CurlTransport(settings)
    settings.idleConnectionLost = { [wantsWarming] in wantsWarming.give() }
    claims = try CurlTransport(settings)
    let local = try CurlTransport(CurlSettings(caBundle: settings.caBundle, allowsLinkLocal: true))
    let metadata = InstanceMetadata(
      transport: local,
      endpoint: options.imdsEndpoint ?? environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] ?? Self.imds,
      executor: thread)
    self.metadata = metadata
    finder = IdentityFinder(metadata: metadata, configuredInstanceId: configuration.identity.instanceId)
    credentials = CredentialProvider(
      CredentialSources(environment: environment, profile: options.profile, transport: local) {
        try await metadata.roleCredentials()
      }, clockSkew: skew, executor: thread, sleep: Self.sleep(by: thread))
  }

  private static func sleep(by thread: OwnThread?) -> @Sendable (Duration) async throws -> Void {
    guard let thread else { return { try await Task.sleep(for: $0) } }
    return { guard await thread.slept(for: $0) else { throw CancellationError() } }
  }

  private static let imds = "http://169.254.169.254"

  /// Finds Region and endpoint and makes the client; the instance metadata is asked only for what is set nowhere.
  ///
  /// - Throws: an error whose description tells the operator what is missing.
  func connect() async throws -> EC2Client {
    let tally = tally
    let settings = AWSSettings(
      environment: environment, profiles: try ProfileFiles(environment: environment),
      configuredProfile: options.profile, configuredRegion: options.region,
      configuredEndpoint: options.ec2Endpoint)
    let region: String
    if let known = settings.region() { region = known } else { region = try await metadata.region() }
    return EC2Client(
      endpoint: try settings.endpoint(region: region), region: region, claims: claims, reads: reads,
      credentials: credentials, clockSkew: skew, version: Vipad.version,
      timeouts: EC2Timeouts(
        connectMilliseconds: Int(options.connectTimeoutSeconds * 1000),
        requestMilliseconds: Int(options.requestTimeoutSeconds * 1000)),
      report: { tally.called($0) })
  }

  /// Finds who this router is, with the interface that a group's VIPs are to be on.
  func identity(of group: GroupOptions, client: EC2Client) async throws -> Identity {
    let kernel = try kernelInterfaces()
    return try await finder.identity(
      try choice(of: group, among: kernel),
      kernel: kernel.compactMap { interface in
        interface.macAddress.map { AWS.KernelInterface(macAddress: $0) }
      },
      ec2: client)
  }

  /// What the kernel calls the interface; nil where it does not know the MAC address.
  static func kernelName(of identity: Identity) throws -> String? {
    try kernelInterfaces().first { $0.macAddress == identity.macAddress }?.name
  }

  private func choice(
    of group: GroupOptions, among kernel: [Netlink.KernelInterface]
  ) throws -> InterfaceChoice {
    switch group.networkInterface {
    case .bySubnet: return .subnet(containing: group.vips)
    case .networkInterfaceId(let id): return .networkInterfaceId(id)
    case .kernelInterface(let name):
      guard let macAddress = kernel.first(where: { $0.name == name })?.macAddress else {
        throw IdentityError(
          mayPass: true,
          "group \(group.name): the kernel has no interface \(name) with a MAC address; set interface to one of "
            + kernel.map(\.name).joined(separator: ", "))
      }
      return .macAddress(macAddress)
    }
  }
}
