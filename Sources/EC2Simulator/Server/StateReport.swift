/// What `GET /state` shows.
struct StateReport: Encodable, Sendable {
  struct Address: Encodable, Sendable {
    let privateIpAddress: String
    let vpcId: String
    let networkInterfaceId: String
    let instanceId: String?
    let router: String?
    let primary: Bool
  }

  let addresses: [Address]
  /// The last move's number.
  let moves: Int
  /// Requests by service: `ec2` API calls, `imds`, `ping`.
  let counts: [String: Int]
  let clockOffsetSeconds: Double

  init(_ state: SimulatorState) {
    addresses = state.world.interfaces.flatMap { interface in
      interface.addresses.map { address in
        Address(
          privateIpAddress: address, vpcId: interface.subnet.vpcId,
          networkInterfaceId: interface.networkInterfaceId, instanceId: interface.instanceId,
          router: state.router(instanceId: interface.instanceId), primary: address == interface.primary)
      }
    }
    moves = state.world.lastMove
    let all = Service.allCases.map { ($0.rawValue, state.log.counts[$0] ?? 0) }
    counts = Dictionary(uniqueKeysWithValues: all)
    clockOffsetSeconds = state.clockOffsetSeconds
  }
}
