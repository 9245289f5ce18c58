internal import Glibc

/// The kernel's tick counter beside the time since boot, read at one moment.
///
/// IFA_CACHEINFO stamps an address with the tick counter ("jiffies") since boot in hundredths of a second,
/// cut to 32 bits: it starts later than CLOCK_MONOTONIC (0.14 s measured on a virtual machine), stands still in a
/// suspension and wraps after 497 days. So a stamp is turned into an age by the counter itself, which times(2) gives,
/// and the age into a time since boot.
struct TickClock {
  /// Hundredths since boot by the tick counter; nil where times(2) is not understood.
  private let ticks: UInt64?
  /// Hundredths since boot by CLOCK_BOOTTIME.
  private let uptimeHundredths: UInt64

  /// Reads both clocks.
  init() {
    let monotonic = Self.hundredths(CLOCK_MONOTONIC)
    let counter = UInt64(bitPattern: Int64(times(nil)))
    self.init(
      ticks: Self.start(counter: counter, uptimeHundredths: monotonic).map { counter &- $0 },
      uptimeHundredths: Self.hundredths(CLOCK_BOOTTIME))
  }

  init(ticks: UInt64?, uptimeHundredths: UInt64) {
    self.ticks = ticks
    self.uptimeHundredths = uptimeHundredths
  }

  /// The time since boot of a stamp; a stamp that seems to lie ahead by the rounding of both is now.
  func uptimeHundredths(ofStamp stamp: UInt32) -> UInt64? {
    guard let ticks else { return nil }
    let age = UInt32(truncatingIfNeeded: ticks) &- stamp
    let isAhead = age > UInt32.max - 100
    return uptimeHundredths - min(uptimeHundredths, isAhead ? 0 : UInt64(age))
  }

  /// What times(2) gave at boot: the counter starts 300 s before 2^32 ticks of 1/HZ s, which no call tells
  /// (times(2), "NOTES"; INITIAL_JIFFIES of the kernel).
  static func start(counter: UInt64, uptimeHundredths: UInt64) -> UInt64? {
    let starts = [100, 250, 300, 1000].map { (UInt64(1) << 32) * 100 / $0 - 30000 }
    return starts.first { start in
      let ticks = counter &- start
      return ticks < uptimeHundredths + 6000 && ticks + 6000 > uptimeHundredths
    }
  }

  private static func hundredths(_ clock: clockid_t) -> UInt64 {
    var time = timespec()
    unsafe clock_gettime(clock, &time)
    return UInt64(time.tv_sec) * 100 + UInt64(time.tv_nsec) / 10_000_000
  }
}
