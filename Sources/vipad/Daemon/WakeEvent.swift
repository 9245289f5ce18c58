import CLinux
import Failover
import Glibc
import SystemPackage

/// An eventfd(2) that wakes a poll(2).
final class WakeEvent: Sendable {
  let descriptor: Int32

  init() throws(Errno) {
    descriptor = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
    guard descriptor >= 0 else { throw Errno(rawValue: errno) }
  }

  deinit {
    close(descriptor)
  }

  func give() {
    eventfd_write(descriptor, 1)
  }

  func take() {
    var count: eventfd_t = 0
    unsafe eventfd_read(descriptor, &count)
  }
}

/// A timerfd(2) by which one thread sleeps until a moment of `Uptime`'s clock.
///
/// poll(2) and pthread_cond_timedwait(3) have no such clock: theirs stand still while the machine is suspended.
struct WakeTimer: ~Copyable {
  private let descriptor: Int32
  private var armedFor: Uptime?

  init() throws(Errno) {
    descriptor = timerfd_create(CLOCK_BOOTTIME, Int32(TFD_CLOEXEC) | Int32(TFD_NONBLOCK))
    guard descriptor >= 0 else { throw Errno(rawValue: errno) }
  }

  deinit {
    close(descriptor)
  }

  /// Blocks until the moment (nil: for ever), or until the event is given, which is taken.
  mutating func wait(until moment: Uptime?, orFor event: borrowing WakeEvent) {
    if moment != armedFor { arm(moment) }
    var sources = [descriptor, event.descriptor].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    unsafe poll(&sources, nfds_t(sources.count), -1)
    if sources[1].revents != 0 { event.take() }
  }

  /// A moment in the past is over at once; no moment disarms.
  private mutating func arm(_ moment: Uptime?) {
    let nanoseconds = moment.map { max($0.nanoseconds, 1) } ?? 0
    var time = itimerspec()
    time.it_value = timespec(
      tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
    unsafe timerfd_settime(descriptor, Int32(TFD_TIMER_ABSTIME), &time, nil)
    armedFor = moment
  }
}
