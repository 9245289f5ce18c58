import HTTPServer
import Synchronization

/// How many callers may wait over TCP at a time; on the Unix socket the listener's own limit holds.
final class WaiterLimit: Sendable {
  static let overTCP = 32
  private let waiting = Mutex(0)

  /// Runs `wait` if there is room for one more who waits, else answers at once.
  func whileWaiting<Answer>(_ peer: Peer, or atOnce: Answer, _ wait: () -> Answer) -> Answer {
    guard case .tcp = peer else { return wait() }
    let isIn = waiting.withLock { count in
      guard count < Self.overTCP else { return false }
      count += 1
      return true
    }
    guard isIn else { return atOnce }
    defer { waiting.withLock { $0 -= 1 } }
    return wait()
  }
}
