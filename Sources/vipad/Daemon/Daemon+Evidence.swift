import AWS
import Audit
import Failover
import FoundationEssentials

/// Who is MASTER, looked at anew whenever something may have changed and before every Assign.
extension Daemon {
  /// How long an answer waits for the state file.
  static let statePatience = Duration.seconds(1)

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
      guard router[group]?.isNews(evidence) == true else { continue }
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
    let made = SavedState.Pause(until: seconds.map { Date.now.addingTimeInterval($0) })
    pause = made
    record(.paused, actor: actor, detail: made.words)
    applyPause()
    await endDrill()
    for name in running.keys { await silence(of: name) }
    await stateIsKept()
    await published()
    return made.until
  }

  /// `POST /resume`.
  func resume(actor: AuditActor) async {
    endPause(actor: actor, why: "")
    await stateIsKept()
    await published()
  }

  /// Lets claims go on; `why` where nobody asked for it.
  func endPause(actor: AuditActor?, why: String) {
    guard pause != nil else { return }
    pause = nil
    record(.resumed, actor: actor, detail: why)
    applyPause()
  }

  /// Comes back when a power cut would not undo what was answered; a disk that hangs holds it up for a while only.
  private func stateIsKept() async {
    let isKept = Signal()
    stateFile.settle { isKept.give() }
    await isKept.wait(atMost: Self.statePatience, by: thread)
  }

  /// Tells all groups whether they are paused, and minds the end of a pause.
  func applyPause() {
    saveState()
    if let pauseTimer { thread.cancel(pauseTimer) }
    for name in running.keys { handle(pause == nil ? .resumed : .paused, for: name) }
    // The time that was asked for counts, whatever the wall clock is set to meanwhile.
    pauseTimer = pause?.until.map { until in
      thread.after(.seconds(max(0, until.timeIntervalSinceNow))) {
        _ = self.start { await $0.pauseIsOver(until) }
      }
    }
  }

  /// Another pause may have begun since the alarm was given.
  private func pauseIsOver(_ until: Date) {
    guard pause?.until == until else { return }
    endPause(actor: nil, why: "the time is over")
  }
}
