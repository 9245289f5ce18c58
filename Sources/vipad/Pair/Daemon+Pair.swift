import FoundationEssentials
import Logging

/// The other router, as far as the daemon shows it; no claim waits for it or is decided by it.
extension Daemon {
  /// Begins to read the other router, where one is configured.
  func followPeer() -> [Task<Void, Never>] {
    guard let peer else { return [] }
    return [peer.follow { await self.peerRead($0) }]
  }

  /// Takes what a read came to; true when another read must decide soon.
  private func peerRead(_ view: PeerView) -> Bool {
    guard var watch = pair, let shown else { return true }
    let own = RouterPicture(shown)
    let before = watch
    let view = Self.checked(view, own: own)
    if view.reach == .reached, let seen = view.picture.flatMap({ PeerAudit($0.audit) }) { peerSeen(seen) }
    let mustLookAgain = watch.take(view, own: own, at: Date.now)
    pair = watch
    warn(of: watch, after: before)
    if watch.document != before.document { publishSoon() }
    return mustLookAgain
  }

  /// Whoever configured this router's own address would see two masters for ever.
  private static func checked(_ view: PeerView, own: RouterPicture) -> PeerView {
    guard let picture = view.picture, picture.startedAt == own.startedAt,
      picture.audit.chainId == own.audit.chainId
    else { return view }
    var view = view
    view.picture = nil
    view.reach = .unreachable(
      reason: "[peer] status leads to this router itself; set it to the other router's address")
    return view
  }

  /// This router changed: what the other says is read anew, for the two must fit.
  func refreshPair(_ document: StatusDocument) {
    guard let peer, let pair, pair.view.reach != .unread, pair.isOutdated(by: RouterPicture(document)) else {
      return
    }
    peer.readNow()
  }

  private func warn(of watch: PairWatch, after before: PairWatch) {
    guard let judgement = watch.judgement, judgement.verdict != before.judgement?.verdict else { return }
    let level: Logger.Level = judgement.verdict == .healthy ? .notice : .warning
    logger.log(level: level, "pair \(judgement.verdict.rawValue): \(judgement.detail)")
  }
}
