/// Everything that the simulator remembers; it changes only by the pure functions of this module.
struct SimulatorState: Sendable {
  var world: World
  var keyring: Keyring
  var buckets: TokenBuckets
  var metadata: [String: MetadataService]
  var signatures: SignatureCheck
  var faults = FaultTable()
  var log = CallLog()
  var connections: Set<String> = []
  /// How far the simulated wall clock is from the machine's, in seconds.
  var clockOffsetSeconds = 0.0
  /// How far the Describe calls lag behind a change, in milliseconds.
  var describeLagMilliseconds = 0

  /// The state at the start.
  ///
  /// `nonce` is a few capitals or digits that make this run's keys and tokens its own.
  /// - Throws: `SimulatorError.topology`.
  init(_ topology: Topology, nonce: String) throws(SimulatorError) {
    world = try World(topology)
    keyring = try Keyring(topology)
    buckets = TokenBuckets(topology.throttling ?? .documented)
    signatures = SignatureCheck(region: topology.region, errors: topology.authenticationErrors ?? .ec2)
    metadata = [:]
    for (index, router) in topology.routers.enumerated() {
      metadata[router.name] = try MetadataService(router, topology, nonce: "\(nonce)\(index)")
    }
  }

  /// The world as the Describe calls show it.
  func seen(at now: Moment) -> World {
    describeLagMilliseconds == 0
      ? world : world.asOf(uptimeNanoseconds: now.uptimeNanoseconds(before: describeLagMilliseconds))
  }

  /// The router that an instance is.
  func router(instanceId: String?) -> String? {
    metadata.first { $0.value.instanceId == instanceId }?.key
  }
}

extension MetadataService {
  fileprivate init(_ router: Topology.Router, _ topology: Topology, nonce: String) throws(SimulatorError) {
    let settings = topology.metadata
    let actions = try topology.allowedActions(router.policy)
    let accountId = topology.accountId
    let behaviour = RoleCredentials.Behaviour(
      lifetimeSeconds: settings?.credentialsSeconds ?? 21600,
      rotateBeforeSeconds: settings?.rotateBeforeSeconds ?? 300)
    let role = router.roleName.map { roleName in
      RoleCredentials(router: router.name, roleName: roleName, behaviour: behaviour, nonce: nonce) { id in
        Principal(
          accessKeyId: id, accountId: accountId,
          arn: "arn:aws:sts::\(accountId):assumed-role/\(roleName)/\(router.instanceId)",
          router: router.name, allowedActions: actions)
      }
    }
    self.init(
      instanceId: router.instanceId, tokens: MetadataTokens(prefix: "AQAE\(nonce)"), role: role,
      remapDelayMilliseconds: settings?.remapDelayMilliseconds ?? 0)
  }
}
