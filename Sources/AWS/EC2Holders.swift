internal import Synchronization

extension EC2Client {
  /// Finds which interfaces hold the VIPs; a VIP nobody holds is missing in the answer.
  ///
  /// By DescribeNetworkInterfaces. Where the policy refuses that, by DescribeInstances, and the refusal is
  /// remembered for 10 min. Without `vpcId` the same address may be held in several VPCs.
  public func holders(of vips: [String], vpcId: String?) async throws(EC2Failure) -> [Holder] {
    try await survey(of: vips, vpcId: vpcId).holders
  }

  /// Finds which interfaces hold the VIPs, as `holders` does, and shows them and those with the other addresses
  /// whole; all with one call.
  public func survey(
    of vips: [String], with others: [String] = [], vpcId: String?
  ) async throws(EC2Failure) -> EC2Survey {
    let addresses = vips + others.filter { !vips.contains($0) }
    let interfaces = try await interfaces(with: addresses, vpcId: vpcId)
    return EC2Survey(holders: holders(of: vips, among: interfaces), interfaces: interfaces)
  }

  private func interfaces(
    with addresses: [String], vpcId: String?
  ) async throws(EC2Failure) -> [EC2NetworkInterface] {
    if !refusal.isRemembered {
      do {
        return try await read(.networkInterfaces(with: addresses, vpcId: vpcId)).networkInterfaces
      } catch {
        guard error.failureClass == .permission else { throw error }
        refusal.remember()
      }
    }
    return try await read(.instances(with: addresses, vpcId: vpcId)).instances.flatMap(\.attachedInterfaces)
  }

  /// Whether DescribeNetworkInterfaces was refused within the last 10 min.
  public var isDescribeNetworkInterfacesRefused: Bool { refusal.isRemembered }

  private func holders(of vips: [String], among interfaces: [EC2NetworkInterface]) -> [Holder] {
    vips.flatMap { vip in
      interfaces.filter { $0.privateIpAddresses.contains(vip) || $0.privateIpAddress == vip }
        .map { Holder(vip: vip, networkInterfaceId: $0.networkInterfaceId, instanceId: $0.instanceId) }
    }
  }
}

extension EC2Instance {
  // DescribeInstances does not repeat the instance's id in its interfaces.
  fileprivate var attachedInterfaces: [EC2NetworkInterface] {
    networkInterfaces.map { interface in
      var interface = interface
      interface.instanceId = instanceId
      return interface
    }
  }
}

/// What one read of EC2 shows of the VIPs and of this router.
public struct EC2Survey: Sendable, Equatable {
  /// The holder of each VIP; a VIP nobody holds is missing.
  public let holders: [Holder]
  /// The interfaces that have any of the addresses asked for; by DescribeInstances all of their instances.
  public let interfaces: [EC2NetworkInterface]
}

/// Remembers for 10 min that the policy refuses DescribeNetworkInterfaces.
final class DescribeRefusal: Sendable {
  private let refusedAt = Mutex<ContinuousClock.Instant?>(nil)

  var isRemembered: Bool {
    refusedAt.withLock { $0.map { ContinuousClock.now - $0 < .seconds(600) } ?? false }
  }

  func remember() { refusedAt.withLock { $0 = .now } }
}
