import CLinux
import Glibc

/// Wakes a thread that sleeps for a given time at most, by an eventfd(2).
///
/// The time is that of CLOCK_MONOTONIC: semaphores and Dispatch's would sleep on when the wall clock is set back.
final class WakeUp: Sendable {
  private let descriptor: Int32

  /// Makes one that nobody has signalled.
  init() throws(HTTPServerError) {
    descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
    if descriptor < 0 { throw .invalidSetting("no descriptor left: \(reason(errno))") }
  }

  deinit { close(descriptor) }

  /// Ends the sleep that is under way, or else the next one.
  func signal() { eventfd_write(descriptor, 1) }

  /// Sleeps until a signal; false if none came in that many milliseconds (-1: for good).
  func sleep(milliseconds: Int32) -> Bool {
    var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    var count: UInt64 = 0
    var ready: Int32
    repeat {
      ready = unsafe poll(&waiting, 1, milliseconds)
    } while ready < 0 && errno == EINTR
    return unsafe ready > 0 && eventfd_read(descriptor, &count) == 0
  }
}
