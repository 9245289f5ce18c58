import Failover
import Netlink
import Synchronization

/// What shows on this router who is MASTER: the kernel's addresses and links, and keepalived's process.
///
/// Nothing is remembered: each look lists the addresses and judges the process anew.
final class Witnesses: Sendable {
  private let process: VRRPProcessWatcher?
  private let kernel: KernelWatcher
  private let copiers: Mutex<[AddressCopier]>
  private let changes: Signal

  /// Watches what the groups' witnesses need; `changed` wakes when something may be different.
  init(_ configuration: Configuration, changed: Signal) throws {
    changes = changed
    var settings = VRRPProcessSettings()
    settings.keepalivedPidFile = configuration.vrrp.keepalivedPidFile
    process =
      configuration.vrrp.keepalivedPidFile == .unwatched
      ? nil : try VRRPProcessWatcher(settings) { _ in changed.give() }
    kernel = try KernelWatcher { changed.give() }
    copiers = Mutex(AddressCopier.found())
  }

  /// Waits until something may be different.
  func change() async {
    await changes.wait()
  }

  /// What copies addresses onto interfaces was looked for anew: it is installed and removed while vipad runs.
  func note(_ found: [AddressCopier]) {
    let isNews = copiers.withLock { copiers in
      defer { copiers = found }
      return copiers != found
    }
    if isNews { changes.give() }
  }

  /// Looks at everything now: well under a millisecond.
  func look(for groups: [GroupOptions]) -> [(group: String, evidence: Evidence)] {
    let liveness = process?.checkNow() ?? .unwatched
    let keepalived = Evidence.Keepalived(liveness)
    let asksKernel = groups.contains { $0.witness == .kernel }
    let interfaces = Result { () throws(NetlinkError) in asksKernel ? try kernelInterfaces() : [] }
    return groups.map { ($0.name, evidence(for: $0, keepalived, interfaces)) }
  }

  /// keepalived's VRRP process; nil while none lives or none is watched.
  var keepalivedProcessId: Int32? {
    if case .alive(let processId, _) = process?.current { processId } else { nil }
  }

  /// A VRRP process is there, and may not have been seen to run yet.
  var sawKeepalived: Bool { process?.awaitsProof ?? false }

  func stop() {
    process?.stop()
    kernel.stop()
  }

  private func evidence(
    for group: GroupOptions, _ keepalived: Evidence.Keepalived,
    _ interfaces: Result<[KernelInterface], NetlinkError>
  ) -> Evidence {
    guard group.witness == .kernel else { return Evidence(keepalived: keepalived) }
    if let copier = copiers.withLock(\.first) {
      return Evidence(keepalived: keepalived, address: .worthless(reason: copier.finding))
    }
    switch interfaces {
    case .failure(let error): return Evidence(keepalived: keepalived, address: .worthless(reason: "\(error)"))
    case .success(let interfaces): return Evidence(of: group, keepalived: keepalived, on: interfaces)
    }
  }
}

extension Evidence {
  /// The newest of the group's VIPs on its VRRP interface, or on any but lo.
  fileprivate init(of group: GroupOptions, keepalived: Keepalived, on interfaces: [KernelInterface]) {
    let candidates = interfaces.filter { group.putsVIPs(on: $0) }
    let found = candidates.flatMap { interface in
      interface.addresses.filter { group.vips.contains($0.address) }.map {
        (interface, $0.createdAtHundredths)
      }
    }
    guard let (interface, createdAt) = found.max(by: { ($0.1 ?? 0) < ($1.1 ?? 0) }) else {
      let isLinkUp = candidates.allSatisfy { $0.isUp && $0.isRunning }
      self.init(keepalived: keepalived, isLinkUp: group.vrrpInterface == nil || isLinkUp)
      return
    }
    let moment = createdAt.map { Uptime(seconds: Double($0) / 100) }
    self.init(
      keepalived: keepalived, address: .present(interface: interface.name, createdAt: moment),
      isLinkUp: interface.isUp && interface.isRunning)
  }
}

extension GroupOptions {
  /// True for an interface on which keepalived may put the VIPs.
  fileprivate func putsVIPs(on interface: KernelInterface) -> Bool {
    vrrpInterface.map { $0 == interface.name } ?? (interface.name != "lo")
  }
}

extension Evidence.Keepalived {
  fileprivate init(_ liveness: VRRPLiveness) {
    switch liveness {
    case .unwatched: self = .unwatched
    case .alive(_, let startedAt): self = .alive(startedAt: Uptime(seconds: startedAt))
    case .dead(let reason, _): self = .dead(reason: reason)
    }
  }
}
