/// A MASTER's check that it still holds its VIPs.
///
/// The instance metadata is asked often, for it is free, and only prompts a read of EC2; two reads of EC2 decide.
struct GuardWatch: Sendable {
  static let secondReadAfter = Duration.seconds(1)
  static let warPeriod = Duration.seconds(60)
  static let claimsInPeace = 3
  /// The pause between guard claims in a war: never longer, for the true master of a healed pair gets no
  /// event and must be right within 10 s.
  static let warPauseSeconds = 5.0...8.0

  /// When the instance metadata is looked at next.
  var nextLookAt: Uptime?
  /// When the first of the reads of EC2 began that did not find a VIP here.
  private(set) var missedAt: [String: Uptime] = [:]
  /// When the guard's last claims began.
  private var claimsBegunAt: [Uptime] = []
  /// No guard claim before.
  private(set) var notBefore: Uptime?
  /// The pause has held a claim back.
  private var isHoldingDown = false

  /// Another router keeps taking the VIPs.
  var isContended: Bool { claimsBegunAt.count > Self.claimsInPeace }

  mutating func claimBegan(at now: Uptime, random: inout SeededRandom) {
    missedAt = [:]
    isHoldingDown = false
    claimsBegunAt.append(now)
    notBefore = isContended ? now + .seconds(Double.random(in: Self.warPauseSeconds, using: &random)) : nil
  }

  /// A claim is held back by the pause; told once for each pause.
  mutating func holdDown() -> [Effect] {
    defer { isHoldingDown = true }
    return isHoldingDown ? [] : [.countHoldDown]
  }

  /// Keeps which VIPs a read missed; returns since when all of them have been missed.
  mutating func miss(_ vips: [String], readBegunAt: Uptime) -> Uptime? {
    missedAt = Dictionary(uniqueKeysWithValues: vips.map { ($0, missedAt[$0] ?? readBegunAt) })
    return missedAt.values.max()
  }

  mutating func forgetMissed() { missedAt = [:] }

  mutating func forgetOld(at now: Uptime) {
    claimsBegunAt.removeAll { now - $0 >= Self.warPeriod }
  }
}

extension Group {
  /// Judges by a read of EC2 whether VIPs were lost: two reads that miss them do.
  mutating func judge(readBegunAt begunAt: Uptime, at now: Uptime) -> [Effect] {
    watch.forgetOld(at: now)
    guard isGuarding, isSettled(begunAt) else { return [] }
    let missing = guarded.filter { !(holdings[$0].map(isHere) ?? false) }
    guard let missedAt = watch.miss(missing, readBegunAt: begunAt) else { return [] }
    guard begunAt >= missedAt + GuardWatch.secondReadAfter else {
      reads.want(at: missedAt + GuardWatch.secondReadAfter)
      return []
    }
    if let notBefore = watch.notBefore, now < notBefore {
      reads.want(at: notBefore)
      return watch.holdDown()
    }
    guard claim?.sending == nil else {
      reads.want(at: now + GuardWatch.secondReadAfter)
      return []
    }
    let lost = vips.filter { missing.contains($0) || !guarded.contains($0) }
    watch.claimBegan(at: now, random: &random)
    return endClaim(with: .superseded, at: now)
      + beginClaim(Transition(to: .master, at: now, cause: .guard), vips: lost, at: now)
  }

  /// The VIPs that are to be here and that no claim is bringing; a claim that waits for one VIP leaves the others.
  var guarded: [String] {
    guard isMaster, mayClaim, heldBackUntil == nil, networkInterfaceId != nil, let claim else { return [] }
    guard claim.outcome == nil else { return vips }
    let awaited = claim.vips.filter { !$0.isAccepted }.map(\.address)
    return vips.filter { !awaited.contains($0) }
  }

  var isGuarding: Bool { !guarded.isEmpty }

  /// The guard has just looked, or what it looks for is new: a MASTER's next look is due a period later.
  mutating func lookLater(at now: Uptime) {
    watch.nextLookAt = isMaster ? now + guardPeriod : nil
  }
}
