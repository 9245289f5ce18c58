import Synchronization

/// Wakes one task that waits, however often it is given before.
final class Signal: Sendable {
  private let stream: AsyncStream<Void>
  private let continuation: AsyncStream<Void>.Continuation

  init() {
    (stream, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  func give() {
    continuation.yield()
  }

  /// Waits until it is given, or until the task is cancelled.
  func wait() async {
    var given = stream.makeAsyncIterator()
    _ = await given.next()
  }

  /// Waits until it is given, or until the time is over by this thread's alarm, or the task is cancelled.
  func wait(atMost duration: Duration, by thread: OwnThread) async {
    let alarm = thread.after(duration) { [continuation] in continuation.yield() }
    await wait()
    thread.cancel(alarm)
  }
}
