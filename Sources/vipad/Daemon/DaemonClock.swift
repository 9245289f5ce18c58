import Failover
import FoundationEssentials
import Glibc
import Synchronization

/// The time since boot, and what the wall clock said of it.
struct DaemonClock: Sendable {
  private let anchor: Anchor

  init() {
    anchor = Anchor()
  }

  /// The wall clock's time of a moment, the same at each call unless the wall clock was set.
  func date(of moment: Uptime) -> Date {
    anchor.bootDate().addingTimeInterval(moment.seconds)
  }

  /// The time since boot, suspended or not (CLOCK_BOOTTIME, clock_gettime(2)).
  static func uptime() -> Uptime {
    var time = timespec()
    unsafe clock_gettime(CLOCK_BOOTTIME, &time)
    return Uptime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }

  /// The date of the boot as the wall clock has it; kept until it is off by more than a second.
  private final class Anchor: Sendable {
    private let date = Mutex(Anchor.measured())

    func bootDate() -> Date {
      let measured = Self.measured()
      return date.withLock { kept in
        if abs(kept.timeIntervalSince(measured)) > 1 { kept = measured }
        return kept
      }
    }

    private static func measured() -> Date {
      Date.now.addingTimeInterval(-DaemonClock.uptime().seconds)
    }
  }
}
