import FoundationEssentials
import Glibc

/// One instant on the two clocks that the simulator needs.
struct Moment: Sendable {
  /// The simulated wall clock: credentials, signatures, Date headers.
  var wall: Date
  /// Nanoseconds on CLOCK_BOOTTIME: order and durations.
  var uptimeNanoseconds: UInt64

  /// This instant, with the wall clock shifted by an offset in seconds.
  static func now(clockOffsetSeconds: Double) -> Moment {
    Moment(
      wall: Date().addingTimeInterval(clockOffsetSeconds), uptimeNanoseconds: bootTimeNanoseconds())
  }

  /// What was `milliseconds` ago, on CLOCK_BOOTTIME; 0 before the machine started.
  func uptimeNanoseconds(before milliseconds: Int) -> UInt64 {
    uptimeNanoseconds - min(uptimeNanoseconds, nanoseconds(milliseconds))
  }

  /// Milliseconds later on both clocks.
  func advanced(byMilliseconds milliseconds: Int) -> Moment {
    Moment(
      wall: wall.addingTimeInterval(Double(milliseconds) / 1000),
      uptimeNanoseconds: uptimeNanoseconds + nanoseconds(milliseconds))
  }
}

/// Nanoseconds since boot, suspended time included: clock_gettime(2), CLOCK_BOOTTIME.
func bootTimeNanoseconds() -> UInt64 {
  var time = timespec()
  unsafe clock_gettime(CLOCK_BOOTTIME, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// The longest delay, lag or lie, in milliseconds; longer ones are cut to it.
let longestMilliseconds = 86_400_000

/// Milliseconds as nanoseconds, from 0 to a day.
private func nanoseconds(_ milliseconds: Int) -> UInt64 {
  UInt64(min(max(0, milliseconds), longestMilliseconds)) * 1_000_000
}
