import Audit
import Dispatch
import Failover
import HTTPServer
import Synchronization

/// What the routes ask of the daemon.
extension Daemon {
  /// `POST /claim`.
  func claim(_ group: String, _ wish: Transition, isForced: Bool, actor: AuditActor) -> Answer? {
    look()
    let answer = handle(.claimRequested(wish, isForced: isForced), for: group, actor: actor)
    if let claim = router[group]?.claim {
      if claim.awaitsEvidence, actors[claim.id] == nil { actors[claim.id] = actor }
      // The caller asks for it by its id next.
      board.post(claim)
    }
    return answer
  }

  /// `POST /standby`: comes back when no Assign is on the wire any more.
  func standby(_ group: String, _ wish: Transition, actor: AuditActor) async -> VRRPState? {
    look()
    let answer = handle(.standbyRequested(wish), for: group, actor: actor)
    await silence(of: group)
    await published()
    guard case .standby(let state) = answer else { return router[group]?.newest?.state }
    return state
  }

  /// Gives up all claims and waits until none is on the wire.
  func withdrawAll() async {
    for task in background { task.cancel() }
    for name in running.keys { handle(.withdrawn(.cancelled), for: name) }
    await endDrill()
    for name in running.keys { await silence(of: name) }
    witnesses.stop()
    // The journal's lines wait for such a moment, too: none is lost when the process ends.
    await start(priority: .utility) { _ in }.value
  }

  func silence(of name: String) async {
    guard router[name]?.isCutting == true else { return }
    await withCheckedContinuation { running[name]?.awaitingSilence.append($0) }
  }

  /// Runs `work` on the daemon and blocks this thread until it has an answer.
  ///
  /// For the threads of the HTTP server and the main thread, never for one of the cooperative pool.
  nonisolated func answer<Result: Sendable>(
    priority: TaskPriority? = nil, _ work: @escaping @Sendable (Daemon) async -> Result
  ) -> Result {
    let answer = Handover<Result>()
    Task(executorPreference: thread, priority: priority) { answer.give(await work(self)) }
    return answer.take()
  }
}

/// One value, handed from a task to a thread that blocks for it.
private final class Handover<Value: Sendable>: Sendable {
  private let value = Mutex<Value?>(nil)
  private let arrival = DispatchSemaphore(value: 0)

  func give(_ given: Value) {
    value.withLock { $0 = given }
    arrival.signal()
  }

  func take() -> Value {
    while true {
      arrival.wait()
      if let given = value.withLock({ $0 }) { return given }
    }
  }
}

extension HTTPRequest {
  /// Who asked, for the audit log.
  var actor: AuditActor {
    switch peer {
    case .unix(let processId, let userId, let groupId, _):
      AuditActor(uid: userId, gid: groupId, pid: processId)
    case .tcp(let address): AuditActor(address: address)
    }
  }
}
