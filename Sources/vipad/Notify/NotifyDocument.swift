import FoundationEssentials

/// How notifications fare: `notify` of /status; null where no `[notify] webhook` is configured.
struct NotifyDocument: JSONDocument {
  /// How far a notification came.
  enum Outcome: String, Encodable, CaseIterable {
    case delivered
    /// The last attempt failed; there will be another.
    case failing
    /// The receiver refused it, or did not take it for too long.
    case givenUp
    /// Too many waited.
    case dropped
  }

  /// The notification that something was last heard of.
  struct Delivery: JSONDocument {
    var id: String
    var event: News.Event
    var outcome: Outcome
    /// Why it was not delivered.
    @OrNull var reason: String?
    /// Since when that is so.
    var at: String
  }

  /// Scheme, host and port; the rest may be a secret.
  var receiver: String
  var pending: Int
  @OrNull var last: Delivery?
}
