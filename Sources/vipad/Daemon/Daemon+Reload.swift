import Audit
import Failover

/// A configuration that was read anew while the daemon runs.
extension Daemon {
  /// Puts its groups in force and gives back the sections that count only after a restart.
  ///
  /// A VIP that is new is claimed if this router is MASTER; one that is gone is not guarded any more, and
  /// stays where it is.
  func reload(_ fresh: Configuration) async -> [String] {
    let before = configuration
    configuration.file = fresh.file
    configuration.groups = fresh.groups
    configuration.vrrp.guardSeconds = fresh.vrrp.guardSeconds
    configuration.drill = fresh.drill
    configuration.notify = fresh.notify
    notifyReconfigured(before.notify)
    for options in before.groups where !fresh.groups.contains(where: { $0.name == options.name }) {
      await removeGroup(options.name)
    }
    for options in fresh.groups { follow(options) }
    checks.note(.ok(.configuration, fresh.file))
    record(.configurationChanged, actor: nil, detail: Self.words(before, fresh))
    saveState()
    look()
    findIdentitySoon()
    return before.sectionsThatDiffer(from: fresh)
  }

  private func follow(_ options: GroupOptions) {
    running[options.name, default: Running(options: options)].options = options
    guard router[options.name] != nil else {
      router.put(Group(options, configuration, saved: nil))
      if pause != nil { handle(.paused, for: options.name) }
      return
    }
    handle(
      .reconfigured(
        vips: options.vips, witness: Failover.Witness(options.witness),
        guardPeriod: .seconds(configuration.vrrp.guardSeconds)),
      for: options.name)
  }

  private func removeGroup(_ name: String) async {
    handle(.withdrawn(.failed), for: name)
    await silence(of: name)
    if let timer = running[name]?.timer { thread.cancel(timer.alarm) }
    running[name] = nil
    identities[name] = nil
    router.remove(name)
  }

  private static func words(_ before: Configuration, _ after: Configuration) -> String {
    let old = Set(before.groups.flatMap(\.vips))
    let new = Set(after.groups.flatMap(\.vips))
    let added = new.subtracting(old).sorted().map { "+\($0)" }
    let removed = old.subtracting(new).sorted().map { "-\($0)" }
    return (["groups \(after.groups.map(\.name).joined(separator: ","))"] + added + removed).joined(
      separator: " ")
  }
}

extension Configuration {
  /// The sections in which two configurations differ and which are read only at a start.
  fileprivate func sectionsThatDiffer(from other: Configuration) -> [String] {
    var vrrp = other.vrrp
    vrrp.guardSeconds = self.vrrp.guardSeconds
    vrrp.witness = self.vrrp.witness
    let differs: [(String, Bool)] = [
      ("aws", aws != other.aws), ("identity", identity != other.identity), ("vrrp", self.vrrp != vrrp),
      ("server", server != other.server), ("monitor", monitor != other.monitor),
      ("audit", audit != other.audit), ("state", state != other.state), ("peer", peer != other.peer),
      ("readiness", readiness != other.readiness),
    ]
    return differs.filter(\.1).map(\.0)
  }
}

extension Failover.Witness {
  init(_ configured: Witness) {
    self =
      switch configured {
      case .kernel: .kernel
      case .hook: .hook
      }
  }
}
