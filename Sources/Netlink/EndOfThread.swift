internal import CLinux
internal import Glibc
internal import SystemPackage
internal import Synchronization

/// A thread that waits for a descriptor, and the way to end it.
final class EndOfThread: Sendable {
  private let event: Int32
  private let thread = Mutex<pthread_t?>(nil)

  init() throws(NetlinkError) {
    event = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
    guard event >= 0 else { throw .last("eventfd") }
  }

  deinit {
    close(event)
  }

  /// Runs the body in a new thread, in the network namespace of the calling one.
  func start(_ body: @escaping @Sendable () -> Void) throws(NetlinkError) {
    var started = pthread_t()
    let context = unsafe Unmanaged.passRetained(ThreadBody(run: body))
    let status = unsafe pthread_create(&started, nil, runThreadBody, context.toOpaque())
    guard status == 0 else {
      unsafe context.release()
      throw NetlinkError(operation: "pthread_create", reason: Errno(rawValue: status).description)
    }
    thread.withLock { $0 = started }
  }

  /// Waits until the descriptor can be read.
  ///
  /// - Returns: false when the end is demanded.
  func waits(for descriptor: Int32) -> Bool {
    var both = [
      pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
      pollfd(fd: event, events: Int16(POLLIN), revents: 0),
    ]
    while unsafe poll(&both, 2, -1) < 0 && errno == EINTR {}
    return both[1].revents == 0
  }

  /// Ends the thread and waits for it.
  func demand() {
    eventfd_write(event, 1)
    let running = thread.withLock { thread in
      defer { thread = nil }
      return thread
    }
    if let running { pthread_join(running, nil) }
  }
}

/// What a thread runs.
private final class ThreadBody: Sendable {
  let run: @Sendable () -> Void

  init(run: @escaping @Sendable () -> Void) {
    self.run = run
  }
}

private func runThreadBody(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let context = unsafe context else { return nil }
  unsafe Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().run()
  return nil
}
