import Audit
import FoundationEssentials

/// A claim that ended, as it is kept in memory: 1,000 of them are to be had for little.
///
/// Nothing in it has memory of its own but texts that many claims share, so what reading the log took can be given
/// back whole.
struct KeptClaim: Sendable, Equatable {
  /// The claim's id as a number: 16 hexadecimal digits.
  let id: UInt64
  var group: String
  let cause: AuditCause?
  let outcome: AuditOutcome
  var vips: [String]
  let startedAt, endedAt: Date
  let attempts: Int
  var errorCode: String?
  let acceptedMilliseconds, ec2Milliseconds: Double?
  var confirmedMilliseconds: Double?
  var networkInterfaceId, previousNetworkInterfaceId: String?

  /// The claim of an outcome's record; nil for any other record.
  init?(_ record: AuditRecord, startedAt: Date? = nil) {
    guard record.event == .claimOutcome, let outcome = record.outcome,
      let id = record.claimId.flatMap({ UInt64($0, radix: 16) })
    else { return nil }
    (self.id, self.outcome, cause) = (id, outcome, record.cause)
    (group, vips) = (record.group ?? "", record.vips)
    // The record is made when the claim ends.
    acceptedMilliseconds = Self.plausible(record.acceptedMilliseconds)
    self.startedAt = startedAt ?? record.time.addingTimeInterval(-(acceptedMilliseconds ?? 0) / 1000)
    endedAt = record.time
    attempts = record.attempts.count + record.attemptsOmitted
    errorCode = record.attempts.last?.errorCode
    ec2Milliseconds =
      acceptedMilliseconds == nil ? nil : Self.plausible(record.attempts.last?.milliseconds)
    networkInterfaceId = record.networkInterfaceId
    previousNetworkInterfaceId = record.previousNetworkInterfaceId
  }

  /// A duration of a log that anybody may have written: one that is beyond 30 years, or no number, is not known.
  static func plausible(_ milliseconds: Double?) -> Double? {
    milliseconds.flatMap { (0...1e12).contains($0) ? $0 : nil }
  }
}

extension KeptClaim {
  /// As the API shows it.
  var document: PastClaim {
    PastClaim(
      claimId: claimId, group: group, cause: cause?.rawValue ?? "", outcome: outcome.rawValue, vips: vips,
      startedAt: startedAt.rfc3339AsLogged, endedAt: endedAt.rfc3339AsLogged, attempts: attempts,
      errorCode: errorCode, acceptedMilliseconds: acceptedMilliseconds,
      confirmedMilliseconds: confirmedMilliseconds,
      phases: PastClaim.Phases(
        toWireMilliseconds: Self.between(ec2Milliseconds, acceptedMilliseconds),
        ec2Milliseconds: ec2Milliseconds,
        confirmationMilliseconds: Self.between(acceptedMilliseconds, confirmedMilliseconds)),
      networkInterfaceId: networkInterfaceId, previousNetworkInterfaceId: previousNetworkInterfaceId)
  }

  private var claimId: String {
    let digits = String(id, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }

  private static func between(_ earlier: Double?, _ later: Double?) -> Double? {
    guard let earlier, let later else { return nil }
    return max(0, later - earlier).inMicroseconds
  }
}

extension Date {
  /// As the audit log has it: rounded.
  ///
  /// The hair is for times of whole milliseconds, which as a binary fraction may be just below and would be cut to the
  /// one before.
  var rfc3339AsLogged: String {
    Date(timeIntervalSince1970: ((timeIntervalSince1970 * 1000).rounded() + 0.1) / 1000).rfc3339
  }
}
