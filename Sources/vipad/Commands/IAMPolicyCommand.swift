import ArgumentParser
import FoundationEssentials
import SystemPackage

/// `vipad iam-policy`: the least policy for this configuration.
struct IAMPolicyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "iam-policy",
    abstract: "Print the least IAM policy for the routers' instance role, as JSON.",
    discussion: """
      What is not given comes from the configuration, else from the daemon if it runs. Where both routers' \
      interfaces are known the address may be moved between them only, else to any interface; standard error \
      says what is missing. Works away from the routers too, with everything given.
      """)

  @OptionGroup var file: ConfigurationOption

  @Option(
    name: .customLong("network-interface-id"),
    help: ArgumentHelp("This router's network interface; may be repeated.", valueName: "eni"))
  var own: [String] = []

  @Option(
    name: .customLong("peer-network-interface-id"),
    help: ArgumentHelp("The other router's network interface; may be repeated.", valueName: "eni"))
  var peers: [String] = []

  @Option(help: "The Region.") var region: String?

  @Option(help: ArgumentHelp("The account, 12 digits.", valueName: "id")) var accountId: String?

  @Option(
    name: .customLong("vpc-endpoint-id"),
    help: ArgumentHelp(
      "Allow calls through this VPC endpoint for EC2 only; may be repeated.", valueName: "vpce"))
  var vpcEndpointIds: [String] = []

  @Option(
    name: .customLong("instance-id"),
    help: ArgumentHelp(
      "Allow calls with the role credentials of this instance only; may be repeated: name both routers.",
      valueName: "i"))
  var instanceIds: [String] = []

  func validate() throws {
    try check(own + peers, prefix: "eni-")
    try check(vpcEndpointIds, prefix: "vpce-")
    try check(instanceIds, prefix: "i-")
    if let region { try check([region], SettingForm.region) }
    guard accountId.map({ $0.count == 12 && $0.allSatisfy("0123456789".contains) }) ?? true else {
      throw ValidationError("--account-id takes 12 digits.")
    }
  }

  func run() async throws {
    var scope = IAMPolicy.Scope(
      region: region, accountId: accountId, networkInterfaceIds: own,
      peerNetworkInterfaceIds: peers, vpcEndpointIds: vpcEndpointIds, instanceIds: instanceIds)
    let configuration = try configurationIfThere()
    if let configuration { scope.fill(from: configuration) }
    if scope.isIncomplete {
      // The daemon tells one interface: with several groups it may not be all.
      let tellsInterface = configuration?.groups.count == 1
      scope.fill(from: await whoami(configuration?.server.socket), withInterface: tellsInterface)
    }
    try Console.say(Self.json(IAMPolicy(scope)))
    for gap in scope.gaps { Console.complain("vipad: \(gap)") }
  }

  /// The configuration; nil where none was named and none is there.
  private func configurationIfThere() throws(ConfigurationError) -> Configuration? {
    let environment = ProcessInfo.processInfo.environment
    let path = Configuration.path(explicitPath: file.path, environment: environment)
    let isNamed = file.path != nil || environment["VIPAD_CONFIG", default: ""] != ""
    return isNamed || (try? Stat(FilePath(path))) != nil ? try file.load() : nil
  }

  /// What the daemon knows; nil where none runs, which the gaps tell.
  private func whoami(_ socket: String?) async -> JSONValue? {
    let connection = DaemonConnection(socket: socket ?? ServerOptions.defaultSocket)
    return try? await connection.send("GET", "/whoami", timeoutSeconds: 3).value
  }

  private func check(_ ids: [String], prefix: String) throws {
    try check(ids, SettingForm.resourceId(prefix))
  }

  private func check(_ texts: [String], _ form: SettingForm<String>) throws {
    for text in texts {
      do {
        _ = try form.read(.text(text))
      } catch {
        throw ValidationError("\(error.reason).")
      }
    }
  }

  static func json(_ policy: IAMPolicy) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(policy), as: UTF8.self)
  }
}

extension IAMPolicy.Scope {
  fileprivate var isIncomplete: Bool { region == nil || accountId == nil || networkInterfaceIds.isEmpty }

  fileprivate mutating func fill(from configuration: Configuration) {
    region = region ?? configuration.aws.region
    let named = configuration.groups.compactMap { group in
      if case .networkInterfaceId(let id) = group.networkInterface { id } else { nil }
    }
    guard networkInterfaceIds.isEmpty, named.count == configuration.groups.count else { return }
    networkInterfaceIds = Set(named).sorted()
  }

  fileprivate mutating func fill(from whoami: JSONValue?, withInterface tellsInterface: Bool) {
    region = region ?? whoami?["region"]?.shown
    accountId = accountId ?? whoami?["accountId"]?.shown
    if tellsInterface, networkInterfaceIds.isEmpty, let id = whoami?["networkInterfaceId"]?.shown {
      networkInterfaceIds = [id]
    }
  }

  /// What would make the policy narrower, and how to say it.
  fileprivate var gaps: [String] {
    let gaps: [(Bool, String)] = [
      (
        !knowsPair,
        "both routers' interfaces are not known, so any may be given the address; name them with "
          + "--network-interface-id and --peer-network-interface-id"
      ),
      (region == nil, "the Region is not known; name it with --region"),
      (accountId == nil, "the account is not known; name it with --account-id"),
    ]
    return gaps.filter(\.0).map(\.1)
  }
}
