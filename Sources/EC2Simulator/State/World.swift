/// What EC2 knows: instances, interfaces and which interface holds each address.
struct World: Sendable {
  struct Subnet: Sendable {
    let subnetId: String
    let cidr: String
    let range: SubnetRange
    let availabilityZone: String
    let vpcId: String
  }

  struct Instance: Sendable {
    let instanceId: String
    let state: String
    let roleName: String?
  }

  struct Interface: Sendable {
    let networkInterfaceId: String
    let macAddress: String
    let instanceId: String?
    let deviceIndex: Int
    let subnet: Subnet
    let primary: String
    var secondary: [String]
    let addressLimit: Int
    let sourceDestCheck: Bool
    let securityGroupIds: [String]

    var addresses: [String] { [primary] + secondary }
  }

  let accountId: String
  let region: String
  let subnets: [Subnet]
  let instances: [Instance]
  var interfaces: [Interface]
  private(set) var moves: [Move] = []
  /// The newest move's number, also where a reset has forgotten the moves.
  var lastMove = 0

  func interface(_ networkInterfaceId: String) -> Interface? {
    interfaces.first { $0.networkInterfaceId == networkInterfaceId }
  }

  func interfaces(of instanceId: String) -> [Interface] {
    interfaces.filter { $0.instanceId == instanceId }.sorted { $0.deviceIndex < $1.deviceIndex }
  }

  /// The interface that holds an address in a VPC; addresses repeat across VPCs.
  func holder(of address: String, vpcId: String) -> Interface? {
    interfaces.first { $0.subnet.vpcId == vpcId && $0.addresses.contains(address) }
  }

  /// Gives a secondary address to an interface (nil: to none) and records the move.
  mutating func move(_ address: String, vpcId: String, to target: String?, requestId: String, at now: Moment)
  {
    let from = holder(of: address, vpcId: vpcId)?.networkInterfaceId
    guard from != target else { return }
    place(address, from: from, to: target)
    lastMove += 1
    moves.append(
      Move(
        n: lastMove, privateIpAddress: address, vpcId: vpcId, from: from, to: target,
        requestId: requestId, time: timestamp(now.wall), uptimeNanoseconds: now.uptimeNanoseconds))
  }

  /// The world as it was at an earlier time: what a reader that lags behind is shown.
  func asOf(uptimeNanoseconds: UInt64) -> World {
    var earlier = self
    while let last = earlier.moves.last, last.uptimeNanoseconds > uptimeNanoseconds {
      earlier.place(last.privateIpAddress, from: last.to, to: last.from)
      earlier.moves.removeLast()
    }
    return earlier
  }

  private mutating func place(_ address: String, from: String?, to: String?) {
    for index in interfaces.indices {
      if interfaces[index].networkInterfaceId == from {
        interfaces[index].secondary.removeAll { $0 == address }
      }
      if interfaces[index].networkInterfaceId == to { interfaces[index].secondary.append(address) }
    }
  }
}

/// One change of an address's holder.
struct Move: Codable, Sendable, Equatable {
  let n: Int
  let privateIpAddress: String
  let vpcId: String
  let from: String?
  let to: String?
  let requestId: String
  let time: String
  let uptimeNanoseconds: UInt64
}
