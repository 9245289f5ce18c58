import Failover
import FoundationEssentials

/// A claim as the API shows it: the answer to `POST /claim` and `GET /claims/{claimId}`, and `lastClaim` of /status.
struct ClaimDocument: JSONDocument {
  struct AttemptDocument: JSONDocument {
    var n: Int
    var vips: [String]
    @OrNull var httpStatus: Int?
    @OrNull var errorCode: String?
    @OrNull var awsRequestId: String?
    var milliseconds: Double
    @OrNull var message: String?
  }

  struct RefusedDocument: JSONDocument {
    var vip: String
    @OrNull var errorCode: String?
    var message: String
  }

  var claimId: String
  var group: String
  var state: String
  var vips: [String]
  var cause: String
  var generation: UInt64
  @OrNull var outcome: String?
  var startedAt: String
  @OrNull var acceptedMilliseconds: Double?
  @OrNull var confirmedMilliseconds: Double?
  var attempts: [AttemptDocument]
  var attemptsOmitted: Int
  @OrNull var previousNetworkInterfaceId: String?
  var refused: [RefusedDocument]

  init(_ claim: Claim, clock: DaemonClock) {
    claimId = claim.id
    group = claim.group
    state = claim.stateWord
    vips = claim.vips.map(\.address)
    cause = claim.cause.rawValue
    generation = claim.generation
    outcome = claim.outcome?.rawValue
    startedAt = clock.date(of: claim.startedAt).rfc3339
    acceptedMilliseconds = claim.milliseconds(to: claim.acceptedAt)
    confirmedMilliseconds = claim.milliseconds(to: claim.confirmedAt)
    attempts = claim.attempts.map(AttemptDocument.init)
    attemptsOmitted = claim.attemptsOmitted
    previousNetworkInterfaceId = claim.previousNetworkInterfaceId
    refused = claim.refused.map(RefusedDocument.init)
  }
}

extension ClaimDocument.AttemptDocument {
  init(_ attempt: Attempt) {
    self.init(
      n: attempt.n, vips: attempt.vips, httpStatus: attempt.httpStatus, errorCode: attempt.errorCode,
      awsRequestId: attempt.awsRequestId, milliseconds: attempt.milliseconds.inMicroseconds,
      message: attempt.message)
  }
}

extension ClaimDocument.RefusedDocument {
  init(_ vip: ClaimedVIP) {
    self.init(
      vip: vip.address, errorCode: vip.refusal?.errorCode, message: vip.refusal?.message ?? "not tried yet")
  }
}

extension Claim {
  /// Where the claim stands, in one word for the API.
  var stateWord: String {
    if awaitsEvidence { return "unwitnessed" }
    if isStale { return "stale" }
    guard let outcome else { return refused.isEmpty ? "pending" : "needsOperator" }
    guard isHeld else { return outcome.rawValue }
    if confirmedAt != nil { return "confirmed" }
    return isUnconfirmed ? "unconfirmed" : outcome.rawValue
  }

  /// The time from the wish to `moment`.
  func milliseconds(to moment: Uptime?) -> Double? {
    moment.map { (Double($0.nanoseconds - startedAt.nanoseconds) / 1e6).inMicroseconds }
  }
}

extension Double {
  /// Milliseconds cut to three decimals: the clock is no finer in meaning.
  var inMicroseconds: Double { (self * 1000).rounded() / 1000 }
}
