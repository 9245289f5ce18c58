import AWS
import Audit
import Failover
import FoundationEssentials

/// Who is MASTER, looked at anew whenever something may have changed and before every Assign.
extension Daemon {
  /// Follows the witnesses until the daemon ends.
  func followWitnesses() async {
    while !Task.isCancelled {
      look()
      await witnesses.change()
    }
  }

  /// Looks at the evidence of all groups now.
  func look() {
    for (group, evidence) in witnesses.look(for: configuration.groups) {
      guard router[group]?.evidence != evidence || router[group]?.ruledAt == nil else { continue }
      handle(.evidenceChanged(evidence), for: group)
    }
  }

  /// Keeps what must survive a restart.
  func saveState() {
    stateFile.write(
      SavedState(
        bootId: bootId, instanceId: identities.values.first?.instanceId ?? savedInstanceId,
        generations: Dictionary(uniqueKeysWithValues: router.groups.map { ($0.name, $0.generation) }),
        pause: pause))
  }

  // MARK: Pause

  /// `POST /pause`: stops claims and guard of all groups, for a time or until resumed.
  ///
  /// Gives back its end; nil: until resumed.
  func pause(forSeconds seconds: Double?, actor: AuditActor) async -> Date? {
    pause = SavedState.Pause(until: seconds.map { Date.now.addingTimeInterval($0) })
    record(.paused, actor: actor, detail: pause?.words ?? "")
    applyPause()
    for name in running.keys { await silence(of: name) }
    await published()
    return pause?.until
  }

  /// `POST /resume`, or the end of a pause's time.
  func resume(actor: AuditActor? = nil) {
    guard pause != nil else { return }
    pause = nil
    record(.resumed, actor: actor, detail: actor == nil ? "the time is over" : "")
    applyPause()
  }

  /// Tells all groups whether they are paused, and minds the end of a pause.
  func applyPause() {
    saveState()
    pauseTimer?.cancel()
    for name in running.keys { handle(pause == nil ? .resumed : .paused, for: name) }
    guard let until = pause?.until else { return }
    pauseTimer = start { daemon in
      guard await daemon.thread.slept(for: .seconds(max(0, until.timeIntervalSinceNow))) else { return }
      await daemon.resume()
    }
  }
}
