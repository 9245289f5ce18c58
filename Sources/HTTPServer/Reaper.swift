import Glibc
import Synchronization

/// The open connections of a listener, and the thread that cuts those whose deadline has passed.
///
/// The thread sleeps until the earliest deadline but at most for the shortest period there is: no deadline
/// set meanwhile can be earlier, so setting one needs no wake-up. Without connections it sleeps for good.
final class Reaper: Sendable {
  private struct State {
    var deadlines: [UInt64: Deadline] = [:]
    var stopped = false
    /// Every connection is cut, also one that is accepted only now.
    var cutsAll = false
  }

  private let state = Mutex(State())
  /// Signalled at the first connection after none, and to stop.
  private let wakeUp: WakeUp
  /// Signalled when `cutAll` has been obeyed by the last connection.
  private let allEnded: WakeUp
  private let shortestPeriod: UInt64
  /// Deadlines this close together cost one wake-up, in nanoseconds.
  private let leastSleep: UInt64 = 100_000_000

  /// Takes the shortest period that any deadline of the listener is set to.
  init(shortestPeriodSeconds: Double) throws(HTTPServerError) {
    wakeUp = try WakeUp()
    allEnded = try WakeUp()
    shortestPeriod = max(leastSleep, nanoseconds(shortestPeriodSeconds))
  }

  /// Watches a connection from its accept on.
  func insert(_ deadline: Deadline, connectionId: UInt64) {
    let isFirst = state.withLock { state in
      state.deadlines[connectionId] = deadline
      if state.cutsAll { deadline.cutNow() }
      return state.deadlines.count == 1
    }
    if isFirst { wakeUp.signal() }
  }

  /// Ends the watch; when it returns the reaper does not touch the connection's descriptor any more.
  func remove(connectionId: UInt64) {
    let isLast = state.withLock { state in
      state.deadlines.removeValue(forKey: connectionId)
      return state.cutsAll && state.deadlines.isEmpty
    }
    if isLast { allEnded.signal() }
  }

  /// Cuts all connections and waits until their threads have ended; false if one still runs after that long.
  func cutAll(withinSeconds: Double) -> Bool {
    let isQuiet = state.withLock { state in
      state.cutsAll = true
      for deadline in state.deadlines.values { deadline.cutNow() }
      return state.deadlines.isEmpty
    }
    return isQuiet || allEnded.sleep(milliseconds: Int32(clamping: Int(withinSeconds * 1_000)))
  }

  /// Ends the thread soon.
  func stop() {
    state.withLock { $0.stopped = true }
    wakeUp.signal()
  }

  /// Cuts connections until `stop`; the body of the reaper's own thread.
  func run() {
    while let sleep = cutOverdue() {
      // One millisecond more, so that the deadline has passed for sure.
      _ = wakeUp.sleep(milliseconds: sleep == .max ? -1 : Int32(clamping: sleep / 1_000_000 + 1))
    }
  }

  /// Cuts what is overdue.
  ///
  /// The lock is held meanwhile: a descriptor is closed only after `remove`, so none is shut down that has
  /// become another connection's.
  ///
  /// - Returns: how long to sleep, in nanoseconds; nil to end.
  func cutOverdue() -> UInt64? {
    state.withLock { state in
      if state.stopped { return nil }
      if state.deadlines.isEmpty { return .max }
      let now = coarseNow()
      let earliest = state.deadlines.values.compactMap { $0.cutIfPassed(now: now) }.min()
      return max(leastSleep, min(shortestPeriod, (earliest ?? .max) - now))
    }
  }
}
