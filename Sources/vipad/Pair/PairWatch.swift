import FoundationEssentials

/// The pair's verdict over time.
///
/// One read shows the other router as it was some milliseconds ago: in the middle of a planned failover both or
/// neither may say MASTER. So trouble is stated only when a second read, a second later, shows trouble too: of
/// whatever kind, for a pair that goes from one kind to the next is in trouble all the while.
struct PairWatch {
  private(set) var view: PeerView
  private(set) var judgement: PairJudgement?
  private(set) var since: Date
  /// Since when every read showed trouble.
  private var troubleSince: ContinuousClock.Instant?
  private static let patience = Duration.milliseconds(900)
  /// What this router said of itself when it was judged last.
  private var judgedBy: [String] = []

  init(url: String, at now: Date) {
    view = PeerView(url: url, since: now)
    since = now
  }

  /// Takes what a read came to; true when another read must decide soon.
  mutating func take(
    _ view: PeerView, own: RouterPicture, at now: Date, clock: ContinuousClock.Instant = .now
  ) -> Bool {
    self.view = view
    judgedBy = own.isJudgedBy
    guard view.reach != .unread else { return false }
    let judged = PairJudgement(own: own, peer: view)
    troubleSince = judged.verdict.isTrouble ? troubleSince ?? clock : nil
    if judged.verdict != judgement?.verdict {
      if let troubleSince, troubleSince.duration(to: clock) < Self.patience { return true }
      since = now
    }
    judgement = judged
    return false
  }

  /// True when this router says something else of itself than when it was judged: the other must be asked anew.
  func isOutdated(by own: RouterPicture) -> Bool { own.isJudgedBy != judgedBy }

  /// What stands in /status.
  var document: PairDocument {
    PairDocument(
      verdict: judgement?.verdict.rawValue, detail: judgement?.detail ?? "the other router was not read yet",
      since: since.rfc3339, peer: PairDocument.PeerDocument(view))
  }
}
