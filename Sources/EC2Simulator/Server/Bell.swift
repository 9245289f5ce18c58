import Dispatch
import Synchronization

/// Wakes those who wait for the state to change.
final class Bell: Sendable {
  private struct Waiters {
    var semaphores: [Int: DispatchSemaphore] = [:]
    var lastId = 0
    var isStopped = false
  }

  private let waiters = Mutex(Waiters())

  /// Wakes all waiters, so that they look again.
  func ring() {
    waiters.withLock { for semaphore in $0.semaphores.values { semaphore.signal() } }
  }

  /// Wakes all waiters for good: from now on nobody waits.
  func stop() {
    waiters.withLock { $0.isStopped = true }
    ring()
  }

  /// Blocks the thread until `look` finds something, the time is over or the bell is stopped.
  ///
  /// - Returns: what `look` found at last, or nil.
  func wait<Found>(milliseconds: Int, until look: () -> Found?) -> Found? {
    let semaphore = DispatchSemaphore(value: 0)
    let id = waiters.withLock { waiters in
      waiters.lastId += 1
      waiters.semaphores[waiters.lastId] = semaphore
      return waiters.lastId
    }
    defer { waiters.withLock { $0.semaphores[id] = nil } }
    let deadline = DispatchTime.now() + .milliseconds(min(milliseconds, longestMilliseconds))
    while !waiters.withLock({ $0.isStopped }) {
      if let found = look() { return found }
      if semaphore.wait(timeout: deadline) == .timedOut { break }
    }
    return look()
  }
}
