/// What one attempt to deliver came to, as far as the next one depends on it.
enum DeliveryAnswer: Sendable, Equatable {
  /// The receiver has it; with the HTTP status.
  case delivered(status: Int)
  /// It may take it later; the receiver may have said when.
  case failed(reason: String, retryAfter: Duration? = nil)
  /// It never will.
  case refused(reason: String)

  /// Judges a whole answer; `retryAfter` is the header of that name, of which only seconds count.
  init(status: Int, retryAfter: String?) {
    switch status {
    case 200...299: self = .delivered(status: status)
    case 408, 425, 429, 500...:
      let seconds = retryAfter.flatMap { UInt32($0) }
      self = .failed(reason: "it answered \(status)", retryAfter: seconds.map { .seconds(Int64($0)) })
    case 300...399: self = .refused(reason: "it answered \(status), and no redirection is followed")
    default: self = .refused(reason: "it answered \(status)")
    }
  }
}

/// When a notification that was not taken is tried again.
enum DeliveryPace {
  /// How long after it happened it is worth telling.
  private static let patience = Duration.seconds(3600)
  private static let longestPause = 60.0
  private static let longestRetryAfter = Duration.seconds(300)

  /// Whether the attempt after the pause would be more than an hour after what is told of.
  static func isTooLate(afterPause pause: Duration, age: Duration) -> Bool { age + pause > patience }

  /// The pause after so many failures: 1 s, doubled up to 60 s, up to a quarter more or less; a receiver that wants
  /// more gets it, up to 5 min.
  ///
  /// `fraction` is 0 to 1, by chance: the routers of many pairs must not all come back at once.
  static func pause(afterFailures failures: Int, retryAfter: Duration?, fraction: Double) -> Duration {
    let doubled = failures > 6 ? longestPause : min(longestPause, Double(1 << max(0, failures - 1)))
    let own = Duration.seconds(doubled * (0.75 + fraction / 2))
    return max(own, min(retryAfter ?? .zero, longestRetryAfter))
  }
}
