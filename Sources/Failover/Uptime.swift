/// A moment, counted from the boot of this machine (CLOCK_BOOTTIME), as in `/proc/uptime`.
///
/// Hooks, timers and the state machine all use it: it never jumps and goes on while the machine is suspended.
public struct Uptime: Hashable, Comparable, Sendable {
  /// Nanoseconds since boot.
  public let nanoseconds: Int64

  /// Makes a moment from nanoseconds since boot.
  public init(nanoseconds: Int64) {
    self.nanoseconds = nanoseconds
  }

  /// Makes a moment from seconds since boot, as `/proc/uptime` and a hook's `uptime` give them.
  ///
  /// Values outside of what fits (292 years) are clamped.
  public init(seconds: Double) {
    let nanoseconds = (seconds * 1e9).rounded()
    if nanoseconds.isNaN {
      self.nanoseconds = 0
    } else {
      self.nanoseconds = Int64(exactly: nanoseconds) ?? (nanoseconds < 0 ? .min : .max)
    }
  }

  /// Seconds since boot.
  public var seconds: Double { Double(nanoseconds) / 1e9 }

  /// Whole hundredths of a second since boot: as fine as `/proc/uptime` is.
  var hundredths: Int64 { nanoseconds / 10_000_000 }

  /// Orders moments by time.
  public static func < (left: Uptime, right: Uptime) -> Bool { left.nanoseconds < right.nanoseconds }

  /// The moment `duration` later.
  public static func + (moment: Uptime, duration: Duration) -> Uptime {
    Uptime(nanoseconds: moment.nanoseconds + duration.wholeNanoseconds)
  }

  /// The time from `right` to `left`.
  public static func - (left: Uptime, right: Uptime) -> Duration {
    .nanoseconds(left.nanoseconds - right.nanoseconds)
  }
}

extension Duration {
  /// The duration in nanoseconds, parts of one cut off.
  public var wholeNanoseconds: Int64 {
    components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
  }

}
