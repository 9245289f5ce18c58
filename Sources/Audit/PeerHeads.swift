import FoundationEssentials

/// Decides when the peer's head is written down, and when what the peer has of our chain is compared with it: when
/// that is news, and once a minute at most, for a peer may say anything.
public struct PeerHeads: Sendable {
  /// The shortest time between two `peerHead` records, and between two comparisons.
  public static let shortestPause = Duration.seconds(60)

  private var lastAt: ContinuousClock.Instant?
  private var last: AuditChainHead?
  private var comparedAt: ContinuousClock.Instant?
  private var compared: AuditChainHead?

  /// Nothing was seen yet.
  public init() {}

  /// The record of a peer's head that was read just now; nil where there is nothing to say yet.
  ///
  /// - Parameters:
  ///   - head: where the peer's chain ends, by its /status.
  ///   - ownHeadSeq: the number of the peer's record that notes our head. Where that is its last, the peer wrote it
  ///     because of us: two logs must not make each other grow.
  ///   - known: the farthest that our log has of the peer's chain.
  ///   - now: by a clock that only goes forward.
  /// - Returns: the record that is to be appended.
  public mutating func record(
    of head: AuditChainHead, ownHeadSeq: UInt64?, known: AuditChainHead?,
    at now: ContinuousClock.Instant = .now
  ) -> AuditRecord? {
    guard head.seq > 0, isNews(head, ownHeadSeq, last ?? known) else { return nil }
    if let lastAt, lastAt.duration(to: now) < Self.shortestPause { return nil }
    (lastAt, last) = (now, head)
    var record = AuditRecord(.peerHead, at: .now)
    record.peerHead = head
    if let known, known.chainId == head.chainId, known.seq > head.seq { record.otherHead = known }
    record.detail = known.flatMap { Self.words(head, after: $0) }
    return record
  }

  /// Whether what the peer has noted of our chain is to be compared with the log now.
  public mutating func shallCompare(_ noted: AuditChainHead, at now: ContinuousClock.Instant = .now) -> Bool {
    guard noted != compared else { return false }
    if let comparedAt, comparedAt.duration(to: now) < Self.shortestPause { return false }
    (comparedAt, compared) = (now, noted)
    return true
  }

  private func isNews(_ head: AuditChainHead, _ ownHeadSeq: UInt64?, _ known: AuditChainHead?) -> Bool {
    guard let known, known.chainId == head.chainId else { return true }
    guard head.seq >= known.seq else { return true }
    let lastOfItsOwn = head.seq == ownHeadSeq ? head.seq - 1 : head.seq
    return lastOfItsOwn > known.seq || (head.seq == known.seq && head.hash != known.hash)
  }

  private static func words(_ head: AuditChainHead, after known: AuditChainHead) -> String? {
    if known.chainId != head.chainId {
      return
        "another chain than \(known.chainId), seen up to record \(known.seq): the peer's log was replaced"
    }
    if head.seq < known.seq {
      return "record \(known.seq) was seen before: the peer's log was cut or goes on from a copy"
    }
    return head.seq == known.seq
      ? "seen before with the hash \(known.hash): the peer's log was rewritten" : nil
  }
}

extension AuditRecord {
  /// The farthest end of the peer's chain that a `peerHead` or `segmentStarted` record tells of.
  ///
  /// A peer that has lost its end must be able to learn of it here, however its shorter log goes on.
  var farthestPeerHead: AuditChainHead? {
    guard event == .peerHead || event == .segmentStarted else { return nil }
    return event == .peerHead ? otherHead ?? peerHead : peerHead
  }
}
