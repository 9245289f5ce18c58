import Audit
import FoundationEssentials

/// A claim that ended, as the history shows it: an element of `GET /claims`.
struct PastClaim: JSONDocument {
  /// Where its time went; null where it did not get so far.
  struct Phases: JSONDocument {
    /// From the event until the Assign that EC2 accepted was sent.
    @OrNull var toWireMilliseconds: Double?
    /// From then until EC2's answer was complete.
    @OrNull var ec2Milliseconds: Double?
    /// From EC2's acceptance until the instance metadata showed it.
    @OrNull var confirmationMilliseconds: Double?
  }

  var claimId: String
  var group: String
  var cause: String
  var outcome: String
  var vips: [String]
  var startedAt: String
  var endedAt: String
  var attempts: Int
  /// EC2's code of the last attempt, where that failed.
  @OrNull var errorCode: String?
  @OrNull var acceptedMilliseconds: Double?
  @OrNull var confirmedMilliseconds: Double?
  var phases: Phases
  @OrNull var networkInterfaceId: String?
  @OrNull var previousNetworkInterfaceId: String?
}

extension PastClaim {
  /// The claim of an outcome's record; nil for any other record.
  init?(_ record: AuditRecord, startedAt: Date? = nil) {
    guard record.event == .claimOutcome, let claimId = record.claimId, let outcome = record.outcome else {
      return nil
    }
    let last = record.attempts.last
    let ec2 = record.acceptedMilliseconds == nil ? nil : last?.milliseconds
    self.init(
      claimId: claimId, group: record.group ?? "", cause: record.cause?.rawValue ?? "",
      outcome: outcome.rawValue, vips: record.vips,
      startedAt: Self.inMilliseconds(startedAt ?? Self.start(of: record)),
      endedAt: Self.inMilliseconds(record.time),
      attempts: record.attempts.count + record.attemptsOmitted, errorCode: last?.errorCode,
      acceptedMilliseconds: record.acceptedMilliseconds, confirmedMilliseconds: nil,
      phases: Phases(toWireMilliseconds: Self.toWire(record, ec2), ec2Milliseconds: ec2),
      networkInterfaceId: record.networkInterfaceId,
      previousNetworkInterfaceId: record.previousNetworkInterfaceId)
  }

  /// Takes in that the instance metadata showed it so long after the start.
  mutating func confirm(afterMilliseconds milliseconds: Double?) {
    confirmedMilliseconds = milliseconds
    if let milliseconds, let acceptedMilliseconds {
      phases.confirmationMilliseconds = max(0, milliseconds - acceptedMilliseconds).inMicroseconds
    }
  }

  /// As the log has it: rounded.
  ///
  /// The hair is for times of whole milliseconds, which as a binary fraction may be just
  /// below and would be cut to the one before.
  private static func inMilliseconds(_ date: Date) -> String {
    Date(timeIntervalSince1970: ((date.timeIntervalSince1970 * 1000).rounded() + 0.1) / 1000).rfc3339
  }

  /// The record is made when the claim ends.
  private static func start(of record: AuditRecord) -> Date {
    record.time.addingTimeInterval(-(record.acceptedMilliseconds ?? 0) / 1000)
  }

  private static func toWire(_ record: AuditRecord, _ ec2: Double?) -> Double? {
    guard let accepted = record.acceptedMilliseconds, let ec2 else { return nil }
    return max(0, accepted - ec2).inMicroseconds
  }
}
