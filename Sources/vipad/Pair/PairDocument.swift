import FoundationEssentials

/// The two routers as one: `pair` of /status; null where no [peer] is configured.
struct PairDocument: JSONDocument {
  /// The other router, as it said itself.
  struct PeerDocument: JSONDocument {
    var url: String
    /// Nil before the first read.
    @OrNull var reachable: Bool?
    /// Since when it is reachable, or not.
    var since: String
    /// Why it can't be reached.
    @OrNull var reason: String?
    /// What it said last; of before `since`, while it can't be reached.
    @OrNull var status: RouterPicture?
  }

  /// Nil before the first read.
  @OrNull var verdict: String?
  var detail: String
  /// Since when the verdict is what it is.
  var since: String
  var peer: PeerDocument
}

extension PairDocument.PeerDocument {
  init(_ view: PeerView) {
    self.init(
      url: view.url, reachable: nil, since: view.since.rfc3339, reason: nil, status: view.picture)
    switch view.reach {
    case .unread: break
    case .reached: reachable = true
    case .unreachable(let why): (reachable, reason) = (false, why)
    }
  }
}
