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
