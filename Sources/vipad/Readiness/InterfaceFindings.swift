import AWS
import Failover

/// What EC2 shows of this router's interfaces and of those that hold or held its VIPs, judged for a failover.
struct InterfaceFindings {
  /// A group's VIPs and the interface that they are to be on.
  struct Target {
    let vips: [String]
    let networkInterfaceId: String
  }

  /// All interfaces that EC2 has shown lately, by id.
  private let seen: [String: EC2NetworkInterface]
  private let targets: [Target]
  /// The private addresses that an interface may have; nil where it is not known.
  private let addressLimit: Int?

  init(seen: [String: EC2NetworkInterface], targets: [Target], addressLimit: Int?) {
    self.seen = seen
    self.targets = targets
    self.addressLimit = addressLimit
  }

  /// One finding for each check that depends on the interfaces.
  var all: [Finding] { [vipAddress, room, sourceDestCheck, securityGroups] }

  private var own: [EC2NetworkInterface] {
    Set(targets.map(\.networkInterfaceId)).sorted().compactMap { seen[$0] }
  }

  private var isOwnKnown: Bool { own.count == Set(targets.map(\.networkInterfaceId)).count && !own.isEmpty }

  private var vipAddress: Finding {
    guard isOwnKnown else { return .unknown(.vipAddress, "EC2 has not shown the interface yet") }
    let primaries = Dictionary(seen.values.map { ($0.privateIpAddress ?? "", $0) }) { first, _ in first }
    for vip in targets.flatMap(\.vips) {
      guard let interface = primaries[vip] else { continue }
      return .failed(
        .vipAddress,
        "\(vip) is the primary address of \(interface.networkInterfaceId)"
          + (interface.instanceId.map { " of \($0)" } ?? "") + ", and EC2 never moves a primary address",
        "choose an address as VIP that is no interface's primary one")
    }
    return .ok(.vipAddress, "no VIP is an interface's primary address")
  }

  private var room: Finding {
    guard isOwnKnown else { return .unknown(.addressLimit, "EC2 has not shown the interface yet") }
    guard let addressLimit else {
      return .unknown(
        .addressLimit, "how many addresses the interface may have is not known",
        "allow ec2:DescribeInstanceTypes in the policy of this router's role")
    }
    for interface in own {
      let wanted = targets.filter { $0.networkInterfaceId == interface.networkInterfaceId }.flatMap(\.vips)
      let missing = Set(wanted).subtracting(interface.privateIpAddresses)
      let count = interface.privateIpAddresses.count
      guard count + missing.count > addressLimit else { continue }
      return .failed(
        .addressLimit,
        "\(interface.networkInterfaceId) has \(count) of \(addressLimit) addresses, and needs \(missing.count) more",
        "unassign addresses that nobody needs, or use a larger instance type")
    }
    return .ok(.addressLimit, "there is room for all VIPs: an interface may have \(addressLimit) addresses")
  }

  private var sourceDestCheck: Finding {
    guard isOwnKnown, own.allSatisfy({ $0.sourceDestCheck != nil }) else {
      return .unknown(.sourceDestCheck, "EC2 has not shown the interface yet")
    }
    guard let checked = own.first(where: { $0.sourceDestCheck == true }) else {
      return .ok(.sourceDestCheck, "off")
    }
    return .failed(
      .sourceDestCheck,
      "on for \(checked.networkInterfaceId): EC2 drops what this router forwards",
      "aws ec2 modify-network-interface-attribute --no-source-dest-check --network-interface-id "
        + checked.networkInterfaceId)
  }

  private var securityGroups: Finding {
    guard isOwnKnown else { return .unknown(.securityGroups, "EC2 has not shown the interface yet") }
    var isCompared = false
    for target in targets {
      guard let mine = seen[target.networkInterfaceId] else { continue }
      for other in peers(of: target) {
        isCompared = true
        guard other.securityGroupIds != mine.securityGroupIds else { continue }
        return .failed(
          .securityGroups,
          "\(mine.networkInterfaceId) is in \(mine.securityGroupIds.words), \(other.networkInterfaceId), which "
            + "holds or held its VIP, in \(other.securityGroupIds.words)",
          "put both interfaces into the same groups: after a failover other traffic would pass")
      }
    }
    guard isCompared else {
      return .unknown(.securityGroups, "the other router's interface has not been seen with a VIP yet")
    }
    return .ok(.securityGroups, "the same on both routers' interfaces")
  }

  /// The interfaces of other instances in the target's subnet: by the way they came here, holders of its VIPs.
  private func peers(of target: Target) -> [EC2NetworkInterface] {
    guard let mine = seen[target.networkInterfaceId] else { return [] }
    return seen.values.filter { other in
      other.instanceId != nil && other.instanceId != mine.instanceId && other.subnetId == mine.subnetId
    }.sorted { $0.networkInterfaceId < $1.networkInterfaceId }
  }
}

extension [String] {
  fileprivate var words: String { isEmpty ? "no group" : joined(separator: " ") }
}
