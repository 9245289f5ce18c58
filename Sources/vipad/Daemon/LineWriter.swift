import FoundationEssentials
import Synchronization
import SystemPackage

/// Writes lines to a descriptor by a thread of its own: where nobody reads them any more (a journal that stands still
/// with its disk), they are dropped and counted, and whoever writes is not held up.
final class LineWriter: Sendable {
  static let mostWaiting = 1_000

  private struct State {
    var waiting: [String] = []
    var dropped = 0
    var isWriting = false

    /// What is to be written now; empty when that is all.
    mutating func take() -> [String] {
      defer { (waiting, dropped) = ([], 0) }
      isWriting = !waiting.isEmpty
      let gap = "\(dropped) lines are missing here: they were not taken for too long"
      return dropped == 0 ? waiting : waiting + [gap]
    }
  }

  private let descriptor: FileDescriptor
  private let thread: OwnThread
  private let state = Mutex(State())

  init(_ descriptor: FileDescriptor) throws(Errno) {
    self.descriptor = descriptor
    thread = try OwnThread()
  }

  /// Hands a line over, without its newline.
  func write(_ line: String) {
    let isFirst = state.withLock { state in
      guard state.waiting.count < Self.mostWaiting else {
        state.dropped += 1
        return false
      }
      state.waiting.append(line)
      defer { state.isWriting = true }
      return !state.isWriting
    }
    if isFirst { thread.after(.zero) { self.writeWaiting() } }
  }

  /// Waits until all lines so far are written, at most so long.
  ///
  /// - Returns: whether they are.
  @discardableResult
  func settle(within duration: Duration) -> Bool {
    let settled = MonotonicWait()
    thread.after(.zero) { settled.signal() }
    return settled.wait(atMost: duration)
  }

  private func writeWaiting() {
    while true {
      let lines = state.withLock { $0.take() }
      if lines.isEmpty { return }
      for line in lines {
        // What can't be written there can be told nowhere.
        _ = try? descriptor.writeAll((line + "\n").utf8)
      }
    }
  }
}
