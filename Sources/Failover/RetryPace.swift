/// When a refused Assign is tried again; there is no limit to the number of attempts.
///
/// The base times are those of the AWS SDKs' "standard" retry mode; the classes that need the operator
/// keep a slow, steady pace, since the cause may be mended at any time.
struct RetryPace {
  static let ceiling = Duration.seconds(20)
  static let operatorPace = Duration.seconds(30)
  /// How long EC2 may not know the interface before the operator is asked.
  static let identityPatience = Duration.seconds(60)
  /// How long a refused signature waits for the refresh of the credentials; its end comes as an event.
  static let refreshPatience = Duration.seconds(3)

  /// How long to wait after the `failures`th failure in a row of the refusal's class (from 1).
  static func wait(
    after refusal: Refusal, failures: Int, random: inout SeededRandom
  ) -> Duration {
    switch refusal.refusalClass {
    case .throttled:
      hinted(backOff(base: .seconds(1), failures, &random), by: refusal.retryAfterMilliseconds)
    case .transient:
      hinted(backOff(base: .milliseconds(50), failures, &random), by: refusal.retryAfterMilliseconds)
    case .credentials:
      failures == 1 ? refreshPatience : .seconds(5) + .seconds(25) * random.fraction()
    case .identity:
      min(.milliseconds(500) * doubled(failures), .seconds(5))
    case .permission, .configuration:
      operatorPace
    }
  }

  private static func backOff(
    base: Duration, _ failures: Int, _ random: inout SeededRandom
  ) -> Duration {
    min(base * doubled(failures), ceiling) * random.fraction()
  }

  private static func doubled(_ failures: Int) -> Double {
    Double(1 << min(max(failures - 1, 0), 16))
  }

  /// EC2's hint, but no less than `wait` and no more than 5 s above it.
  private static func hinted(_ wait: Duration, by milliseconds: Int?) -> Duration {
    guard let milliseconds else { return wait }
    return min(max(wait, .milliseconds(milliseconds)), wait + .seconds(5))
  }
}
