import Glibc
import Synchronization

/// The moment by which a connection must have come further, or its socket is shut down.
///
/// The library's own time-out starts anew with every byte, so a client that drips is never cut by it.
final class Deadline: Sendable {
  /// The moment in nanoseconds of CLOCK_MONOTONIC, or one of the two below.
  private let moment: Atomic<UInt64>
  private let descriptor: Int32

  private static let none = UInt64.max
  private static let cut: UInt64 = 0

  init(descriptor: Int32, secondsFromNow: Double) {
    self.descriptor = descriptor
    moment = Atomic(coarseNow() + nanoseconds(secondsFromNow))
  }

  /// Starts a new period; false if the connection has been cut, then nothing may be done for it any more.
  func start(seconds: Double) -> Bool { replace(coarseNow() + nanoseconds(seconds)) }

  /// Lets the connection take its time, for as long as a handler works for it; false if it has been cut.
  func suspend() -> Bool { replace(Self.none) }

  private func replace(_ new: UInt64) -> Bool {
    if moment.exchange(new, ordering: .relaxed) != Self.cut { return true }
    moment.store(Self.cut, ordering: .relaxed)
    return false
  }

  /// Shuts the socket down now; the caller makes sure that it is still open.
  func cutNow() {
    moment.store(Self.cut, ordering: .relaxed)
    shutdown(descriptor, Int32(SHUT_RDWR))
  }

  /// Shuts the socket down if the moment has passed; the caller makes sure that it is still open.
  ///
  /// - Returns: the moment, if it is still to come.
  func cutIfPassed(now: UInt64) -> UInt64? {
    let seen = moment.load(ordering: .relaxed)
    if seen == Self.none || seen == Self.cut { return nil }
    if seen > now { return seen }
    // The thread of the connection may have gone on just now: then it is left alone.
    if moment.compareExchange(expected: seen, desired: Self.cut, ordering: .relaxed).exchanged {
      shutdown(descriptor, Int32(SHUT_RDWR))
    }
    return nil
  }
}

/// CLOCK_MONOTONIC in nanoseconds, to the kernel's tick (1 to 10 ms): a fifth of the price of the exact time.
func coarseNow() -> UInt64 {
  var time = timespec()
  unsafe clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// Seconds as nanoseconds; negative ones are none.
func nanoseconds(_ seconds: Double) -> UInt64 { UInt64(max(0, seconds) * 1e9) }
