public import FoundationEssentials
internal import Synchronization

/// How far EC2's clock is ahead of ours, learnt from its answers.
///
/// Source: AWS's clock skew cases, common to its SDKs (aws-sdk-go-v2, `clock-skew-test-cases.json`).
public final class ClockSkew: Sendable {
  private let held: Mutex<Double>

  /// Starts with a skew in seconds that is known from before, or none.
  public init(seconds: Double = 0) {
    held = Mutex(seconds)
  }

  /// EC2's clock less ours, in seconds.
  public var seconds: Double { held.withLock { $0 } }

  /// The time EC2's clock shows when ours shows `now`: what a request is signed with.
  public func signingDate(_ now: Date) -> Date {
    now.addingTimeInterval(seconds)
  }

  /// Learns from an answer, successful or not, and tells whether signing anew is worth a retry.
  ///
  /// The skew is the Date header less the midpoint of the exchange. An answer with an Age header comes from
  /// a cache; one that took over 15 min, or ended before it began, tells nothing, nor does a date past the year
  /// 9998: no signature could be written with what follows it. A retry is worthwhile when EC2 refused the
  /// signature and the date in it was over 4 min off. `sentAt` and `receivedAt` are
  /// wall-clock times; `signedAt` is the date in the signature, taken as `signingDate(sentAt)` when left out.
  public func learn(
    dateHeader: String?, ageHeader: String?, sentAt: Date, receivedAt: Date, errorCode: String?,
    signedAt: Date? = nil
  ) -> Bool {
    let took = receivedAt.timeIntervalSince(sentAt)
    guard ageHeader == nil, (0...longestExchangeSeconds).contains(took),
      let serverDate = dateHeader.flatMap({ httpDate($0, now: receivedAt) }), serverDate < endOfDates
    else { return false }
    let signedAt = signedAt ?? signingDate(sentAt)
    let learnt = serverDate.timeIntervalSince(sentAt.addingTimeInterval(took / 2))
    held.withLock { $0 = learnt }
    let error = learnt - signedAt.timeIntervalSince(sentAt)
    return skewCodes.contains(errorCode ?? "") && abs(error) > toleratedErrorSeconds
  }
}

private let longestExchangeSeconds = 15.0 * 60
private let endOfDates = Date(timeIntervalSince1970: 253_370_764_800)  // 9999-01-01
// EC2 itself tolerates 5 min.
private let toleratedErrorSeconds = 4.0 * 60

private let skewCodes: Set<String> = [
  "RequestExpired", "AuthFailure", "SignatureDoesNotMatch", "RequestTimeTooSkewed", "RequestInTheFuture",
  "InvalidSignatureException",
]
