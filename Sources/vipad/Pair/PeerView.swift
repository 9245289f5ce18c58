import Failover
import FoundationEssentials

/// What is known of the other router.
struct PeerView: Sendable, Equatable {
  enum Reach: Sendable, Equatable {
    /// Not read yet.
    case unread
    case reached
    /// Two reads in a row failed; why the last one did, in one line.
    case unreachable(reason: String)
  }

  /// Where it is asked.
  var url: String
  var reach = Reach.unread
  /// Since when `reach` is what it is.
  var since: Date
  /// What it said last; of before, while it can't be reached.
  var picture: RouterPicture?
}
