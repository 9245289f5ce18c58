import Audit
import Failover
import Synchronization

/// The last 100 claims, for those who ask for one or wait for it on a thread of their own.
final class ClaimBoard: Sendable {
  /// A claim, and the receipt of its outcome once that is handed to the log.
  struct Entry: Sendable {
    var claim: Claim
    var outcome: AuditTicket?
  }

  fileprivate struct Board {
    var entries: [String: Entry] = [:]
    var order: [String] = []
    var waiting: [String: [MonotonicWait]] = [:]
    var isClosed = false
  }

  static let kept = 100
  private let board = Mutex(Board())

  /// Shows the newest state of a claim and wakes those who wait for it.
  func post(_ claim: Claim, outcome: AuditTicket? = nil) {
    let waiting = board.withLock { board in
      if board.entries[claim.id] == nil { board.add(claim.id) }
      let outcome = outcome ?? board.entries[claim.id]?.outcome
      board.entries[claim.id] = Entry(claim: claim, outcome: outcome)
      return claim.isAnswerable ? board.waiting.removeValue(forKey: claim.id) ?? [] : []
    }
    for wait in waiting { wait.signal() }
  }

  /// The claim with that id, if it is one of the last 100.
  func entry(_ id: String) -> Entry? {
    board.withLock { $0.entries[id] }
  }

  /// Blocks until the claim has an answer for its caller or the time is over; gives its state then.
  func waitForAnswer(of id: String, atMost duration: Duration) -> Entry? {
    let wait = MonotonicWait()
    let mustWait = board.withLock { board in
      guard let entry = board.entries[id], !entry.claim.isAnswerable, !board.isClosed else { return false }
      board.waiting[id, default: []].append(wait)
      return true
    }
    if mustWait, !wait.wait(atMost: duration) { forget(wait, of: id) }
    return entry(id)
  }

  /// Wakes everybody who waits, for the daemon stops.
  func close() {
    let waiting = board.withLock { board in
      board.isClosed = true
      defer { board.waiting = [:] }
      return board.waiting.values.flatMap(\.self)
    }
    for wait in waiting { wait.signal() }
  }

  private func forget(_ wait: MonotonicWait, of id: String) {
    board.withLock { $0.waiting[id]?.removeAll { $0 === wait } }
  }
}

extension ClaimBoard.Board {
  fileprivate mutating func add(_ id: String) {
    order.append(id)
    guard order.count > ClaimBoard.kept else { return }
    entries[order.removeFirst()] = nil
  }
}

extension Claim {
  /// Whoever waits for the claim can be told something final: it ended, or it needs the operator.
  var isAnswerable: Bool { outcome != nil || !refused.isEmpty }
}
