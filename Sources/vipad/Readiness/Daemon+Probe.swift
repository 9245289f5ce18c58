import AWS
import Failover
import Logging

/// The calls that are made for readiness alone: what the instance type allows, once; the right to assign, seldom.
extension Daemon {
  func followProbes() async {
    await waitForSurvey()
    await askAddressLimit()
    while !Task.isCancelled, let moment = await takeProbeStep() {
      guard await thread.slept(for: max(moment - DaemonClock.uptime(), .zero)) else { return }
    }
  }

  /// Until EC2 has shown the interface for the first time there is nothing to ask about.
  private func waitForSurvey() async {
    while !Task.isCancelled, ownInterfaces.isEmpty { await surveyed.wait() }
  }

  /// The interfaces that take VIPs, as EC2 has shown them.
  private var ownInterfaces: [EC2NetworkInterface] {
    Set(identities.values.map(\.networkInterfaceId)).sorted().compactMap { interfacesSeen[$0] }
  }

  private func askAddressLimit() async {
    var pause = Self.firstRetry
    while !Task.isCancelled, addressLimit == nil, let client {
      guard let type = identities.values.lazy.compactMap(\.instanceType).first else { break }
      probe.called(at: DaemonClock.uptime())
      do throws(EC2Failure) {
        addressLimit = try await client.addressLimit(ofType: type)
        break
      } catch {
        // What is refused, or asked wrongly, stays so.
        if ![.transient, .throttled, .credentials].contains(error.failureClass) { break }
      }
      noteAddressLimit()
      guard await thread.slept(for: pause) else { return }
      pause = min(pause * 2, Self.slowestRetry)
    }
    noteAddressLimit()
  }

  private func noteAddressLimit() {
    isAddressLimitAsked = true
    judgeInterfaces()
  }

  /// Sends a probe if one is due; gives back when to look again, nil for never.
  private func takeProbeStep() async -> Uptime? {
    let isMaster = router.groups.contains(where: \.isMaster)
    switch probe.step(isMaster: isMaster, at: DaemonClock.uptime()) {
    case .wait(let until): return until
    case .makeRoom(let until, let readsFrom):
      router.postponeReads(to: readsFrom)
      for name in running.keys { schedule(name) }
      return until
    case .send:
      await probeNext()
      return DaemonClock.uptime() + Self.firstRetry
    }
  }

  /// Probes the interface whose turn it is.
  private func probeNext() async {
    let all = ownInterfaces
    let waiting = all.filter { !probed.contains($0.networkInterfaceId) }
    guard let client, let interface = waiting.first ?? all.first else { return }
    let id = interface.networkInterfaceId
    let isLast = waiting.count <= 1
    probed = isLast ? [] : probed.union([id])
    probe.probed(at: DaemonClock.uptime(), isLast: isLast)
    guard let primary = interface.privateIpAddress, isNoVIP(primary) else {
      noteRight(.unknown(.assign, "\(id) has no primary address that could be asked about"), of: id)
      return
    }
    let right = await client.probeAssignRight(networkInterfaceId: id, primaryAddress: primary)
    if case .refused(let failure) = right { journal("\(failure)", level: .warning) }
    noteRight(.assign(right), of: id)
  }

  /// A VIP is never asked about, whatever EC2 shows.
  private func isNoVIP(_ address: String) -> Bool {
    !configuration.groups.contains { $0.vips.contains(address) } && configuration.drill.vip != address
  }

  private func noteRight(_ finding: Finding, of networkInterfaceId: String) {
    assignRights[networkInterfaceId] = finding
    let own = Set(identities.values.map(\.networkInterfaceId))
    assignRights = assignRights.filter { own.contains($0.key) }
    let all = assignRights.values
    checks.note(all.first { $0.state == .failed } ?? all.first { $0.state == .unknown } ?? finding)
    publishSoon()
  }
}
