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

  /// Every attempt has failed.
  struct Failing: JSONDocument {
    var since: String
    /// Why the last of them did.
    @OrNull var reason: String?
  }

  /// The notifications that the receiver never got.
  struct Lost: JSONDocument {
    var count: UInt64
    /// Why the last of them was given up or dropped, and when.
    @OrNull var reason: String?
    var at: String
  }

  /// Scheme, host and port; the rest may be a secret.
  var receiver: String
  var pending: Int
  @OrNull var last: Delivery?
  /// Null once an attempt has gone well.
  @OrNull var failing: Failing?
  /// Since the start, or since there is this webhook; null where none was lost.
  @OrNull var lost: Lost?
}

/// How deliveries to one receiver went.
struct DeliveryHistory: Sendable {
  private(set) var last: NotifyDocument.Delivery?
  private(set) var failing: NotifyDocument.Failing?
  private(set) var lost: NotifyDocument.Lost?

  /// Notes what was last heard of a notification; the same again is no news.
  mutating func note(
    _ event: News.Event, id: String, _ outcome: NotifyDocument.Outcome, _ reason: String?, at now: String
  ) {
    guard last?.id != id || last?.outcome != outcome || last?.reason != reason else { return }
    last = NotifyDocument.Delivery(id: id, event: event, outcome: outcome, reason: reason, at: now)
    switch outcome {
    case .delivered: failing = nil
    case .failing, .givenUp: failing = NotifyDocument.Failing(since: failing?.since ?? now, reason: reason)
    case .dropped: break
    }
    if outcome == .givenUp || outcome == .dropped {
      lost = NotifyDocument.Lost(count: (lost?.count ?? 0) + 1, reason: reason, at: now)
    }
  }
}
