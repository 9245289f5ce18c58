/// A group's state in one word; the worst first.
public enum Verdict: String, Sendable, Hashable, CaseIterable, Comparable {
  /// MASTER, another holds the VIP.
  case lost
  /// Not MASTER, nobody holds the VIP.
  case orphaned
  /// Not MASTER, yet the VIP is here.
  case misplaced
  /// Held down: another router keeps taking the VIP.
  case contended
  /// MASTER, not yet confirmed.
  case claiming
  /// Not enough is known.
  case unknown
  /// Stopped by an operator.
  case paused
  /// Not MASTER, another holds the VIP.
  case standby
  /// MASTER and confirmed.
  case holding

  /// Orders verdicts from the worst to the best.
  public static func < (left: Verdict, right: Verdict) -> Bool {
    left.rank < right.rank
  }

  private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

extension Group {
  /// The group's state in one word: the worst of its VIPs'.
  public var verdict: Verdict {
    if isPaused { return .paused }
    return vips.map { isMaster ? masterVerdict(of: $0) : standbyVerdict(of: $0) }.min() ?? .unknown
  }

  private func masterVerdict(of vip: String) -> Verdict {
    if watch.isContended { return .contended }
    if claim?.outcome == nil, claim != nil { return .claiming }
    guard networkInterfaceId != nil, let holding = holdings[vip] else { return .unknown }
    guard isHere(holding) else { return .lost }
    return holding.isConfirmed ? .holding : .claiming
  }

  private func standbyVerdict(of vip: String) -> Verdict {
    guard networkInterfaceId != nil, let holding = holdings[vip] else { return .unknown }
    if isHere(holding) { return .misplaced }
    return holding.holder == nil ? .orphaned : .standby
  }
}
