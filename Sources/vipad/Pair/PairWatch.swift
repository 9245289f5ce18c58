import FoundationEssentials

/// The pair's verdict over time.
///
/// One read shows the other router as it was some milliseconds ago: in the middle of a planned failover both or
/// neither may say MASTER. So trouble is stated only when a second read, a second later, shows it too.
struct PairWatch {
  private(set) var view: PeerView
  private(set) var judgement: PairJudgement?
  private(set) var since: Date
  /// Trouble that one read showed, and when.
  private var suspected: (verdict: PairVerdict, at: ContinuousClock.Instant)?
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
    let isNews = judged.verdict != judgement?.verdict
    if isNews, judged.verdict.isTrouble, !isProven(judged.verdict, at: clock) { return true }
    suspected = nil
    if isNews { since = now }
    judgement = judged
    return false
  }

  private mutating func isProven(_ verdict: PairVerdict, at clock: ContinuousClock.Instant) -> Bool {
    guard let suspected, suspected.verdict == verdict else {
      suspected = (verdict, clock)
      return false
    }
    return suspected.at.duration(to: clock) >= Self.patience
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
