import Dispatch
import Glibc
import Synchronization

/// Looks again when a system call of the log takes too long, for the thread that hangs in it can't.
///
/// A thread of its own, because a timer's price would be paid between a claim's intent and its call to EC2; it
/// sleeps while nothing is being written.
final class HangWatch: Sendable {
  private struct State {
    var isWatching = false
    var isFinished = false
  }

  private let state = Mutex(State())
  private let bell = DispatchSemaphore(value: 0)

  /// - Parameters:
  ///   - untilHang: how long the work under way may still take; nil when there is none.
  ///   - look: called when that time is over.
  /// - Throws: `AuditError.system` when there can be no further thread.
  func start(
    untilHang: @escaping @Sendable () -> Duration?, look: @escaping @Sendable () -> Void
  ) throws(AuditError) {
    try startThread {
      while self.waitForWork() {
        self.watch(untilHang)
        look()
      }
    }
  }

  /// Work begins.
  func begin() {
    let isAsleep = state.withLock { state in
      defer { state.isWatching = true }
      return !state.isWatching
    }
    if isAsleep { bell.signal() }
  }

  func finish() {
    state.withLock { $0.isFinished = true }
    bell.signal()
  }

  private func waitForWork() -> Bool {
    bell.wait()
    return state.withLock { !$0.isFinished }
  }

  // Until the work is done or hangs; work that begins later rings again.
  private func watch(_ untilHang: () -> Duration?) {
    while let remaining = untilHang(), remaining > .zero {
      let (seconds, attoseconds) = remaining.components
      usleep(UInt32(clamping: seconds * 1_000_000 + attoseconds / 1_000_000_000_000 + 1))
    }
    state.withLock { $0.isWatching = false }
    if let remaining = untilHang(), remaining > .zero { begin() }
  }
}
