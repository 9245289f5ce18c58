internal import Synchronization

extension EC2Client {
  /// Finds which interfaces hold the VIPs; a VIP nobody holds is missing in the answer.
  ///
  /// By DescribeNetworkInterfaces. Where the policy refuses that, by DescribeInstances, and the refusal is
  /// remembered for 10 min. Without `vpcId` the same address may be held in several VPCs.
  public func holders(of vips: [String], vpcId: String?) async throws(EC2Failure) -> [Holder] {
    if !refusal.isRemembered {
      do {
        let answer = try await read(.networkInterfaces(with: vips, vpcId: vpcId))
        return holders(of: vips, among: answer.networkInterfaces)
      } catch {
        guard error.failureClass == .permission else { throw error }
        refusal.remember()
      }
    }
    let answer = try await read(.instances(with: vips, vpcId: vpcId))
    return holders(of: vips, among: answer.instances.flatMap { instance in instance.attachedInterfaces })
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

/// Remembers for 10 min that the policy refuses DescribeNetworkInterfaces.
final class DescribeRefusal: Sendable {
  private let refusedAt = Mutex<ContinuousClock.Instant?>(nil)

  var isRemembered: Bool {
    refusedAt.withLock { $0.map { ContinuousClock.now - $0 < .seconds(600) } ?? false }
  }

  func remember() { refusedAt.withLock { $0 = .now } }
}
