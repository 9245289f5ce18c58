extension Group {
  /// A claim that ended this long ago still answers a new wish.
  static let joinPeriod = Duration.seconds(1)

  mutating func claimRequested(_ wish: Transition, isForced: Bool, at now: Uptime) -> [Effect] {
    if isWithdrawn { return [.answer(.withdrawn)] }
    if isPaused { return noteWhilePaused(wish, at: now) + [.answer(.paused)] }
    if isMaster { return claimAgain(wish, at: now) }
    if wish.cause == .operator { return operatorClaim(wish, isForced: isForced, at: now) }
    if let newest, isLate(wish, after: newest) { return stale(wish, newest: newest) }
    follow(wish, at: now)
    guard witness == .hook else { return awaitEvidence(wish, at: now) }
    let effects = rule(wish, at: now)
    return isMaster ? effects : effects + [.answer(.notMaster(ruling.reason))]
  }

  /// A pause stops claims, not what is known of VRRP.
  private mutating func noteWhilePaused(_ wish: Transition, at now: Uptime) -> [Effect] {
    guard wish.cause != .operator, !(newest.map { isLate(wish, after: $0) } ?? false) else { return [] }
    follow(wish, at: now)
    return rule(wish, at: now)
  }

  mutating func standbyRequested(_ wish: Transition, at now: Uptime) -> [Effect] {
    if let newest, isLate(wish, after: newest) { return stale(wish, newest: newest) }
    let state = newest?.state
    let wasMaster = isMaster
    follow(wish, at: now)
    var effects = rule(wish, at: now)
    if isMaster { return effects + holdBack(wish, at: now) }
    if !wasMaster {
      effects += endClaim(with: .cancelled, at: now)
      if state != wish.state {
        effects.append(.recordStandby(wish, generation: generation, reason: ruling.reason))
      }
      effects += readNow(at: now)
    }
    return effects + [.answer(.standby(wish.state))]
  }

  /// MASTER again while MASTER: joins a claim that is fresh, else asks EC2 who holds the VIPs.
  private mutating func claimAgain(_ wish: Transition, at now: Uptime) -> [Effect] {
    if wish.cause == .vrrp, !(newest.map { isLate(wish, after: $0) } ?? false) { follow(wish, at: now) }
    heldBackUntil = nil
    return joinClaim(at: now) ?? beginClaim(wish, readsFirst: true, at: now)
  }

  private mutating func operatorClaim(_ wish: Transition, isForced: Bool, at now: Uptime) -> [Effect] {
    guard isForced else { return [.answer(.notMaster(ruling.reason))] }
    guard claim?.awaitsEvidence == true else {
      return joinClaim(at: now) ?? beginClaim(wish, isForced: true, at: now)
    }
    // A claim that may never be sent serves nobody who wants the VIPs without the evidence.
    return endClaim(with: .superseded, at: now) + beginClaim(wish, isForced: true, at: now)
  }

  /// The kernel does not show MASTER: the claim waits for it, and sends nothing meanwhile.
  ///
  /// A forced claim goes on and serves the hook too: what alone makes nobody MASTER must not cut it.
  private mutating func awaitEvidence(_ wish: Transition, at now: Uptime) -> [Effect] {
    if let claim, claim.outcome == nil { return [.answer(.claim(id: claim.id))] }
    var claim = newClaim(wish, vips: vips, isForced: false, at: now)
    claim.witnessedBy = now + Self.witnessPatience
    self.claim = claim
    return [.answer(.claim(id: claim.id))]
  }

  /// Not MASTER, says a hook, and the kernel says otherwise: nothing is sent until the evidence had time to follow.
  private mutating func holdBack(_ wish: Transition, at now: Uptime) -> [Effect] {
    guard let ruledAt, wish.uptime.hundredths >= ruledAt.hundredths || wish.cause == .operator else {
      return [.recordStale(wish, reason: ruling.reason), .answer(.standby(.master))]
    }
    heldBackUntil = now + Self.witnessPatience
    confirmation.stop()
    return endClaim(with: .cancelled, at: now) + [.answer(.standby(.master))]
  }

  /// Lets the claim under way, or one just ended well, serve a new wish as well; nil where there is none.
  private mutating func joinClaim(at now: Uptime) -> [Effect]? {
    guard let claim, claim.generation == generation else { return nil }
    let answer = Effect.answer(.claim(id: claim.id))
    switch claim.outcome {
    case nil where claim.readsAfter == nil: return [answer]
    case nil:
      self.claim?.readsAfter = now
      return [answer] + readSoon(at: now)
    case .some: return hasJustBroughtAll(claim, at: now) ? [answer] : nil
    }
  }

  private func hasJustBroughtAll(_ claim: Claim, at now: Uptime) -> Bool {
    guard claim.isHeldAtOnce, let endedAt = claim.endedAt, now - endedAt < Self.joinPeriod else {
      return false
    }
    return vips.allSatisfy { holdings[$0].map(isHere) ?? false }
  }

  /// True when a newer transition is known: hooks are ordered by the hundredths that `/proc/uptime` has.
  ///
  /// An operator's wish is never late, it counts when it arrives.
  private func isLate(_ wish: Transition, after newest: Transition) -> Bool {
    wish.cause != .operator && wish.uptime.hundredths < newest.uptime.hundredths
  }

  /// Makes the wish the newest transition told; its moment is neither in the future nor before the last one's.
  private mutating func follow(_ wish: Transition, at now: Uptime) {
    let moment = min(wish.uptime, now)
    let since = newest.map { max($0.uptime, moment) } ?? moment
    newest = wish
    newest?.uptime = since
  }

  private func stale(_ wish: Transition, newest: Transition) -> [Effect] {
    let reason = "\(newest.state.rawValue) of uptime \(newest.uptime.seconds) is newer"
    return [.recordStale(wish, reason: reason), .answer(.stale(newest: newest))]
  }

  mutating func beginClaim(
    _ wish: Transition, vips: [String]? = nil, isForced: Bool = false, readsFirst: Bool = false,
    at now: Uptime
  ) -> [Effect] {
    var claim = newClaim(wish, vips: vips ?? self.vips, isForced: isForced, at: now)
    claim.readsAfter = readsFirst ? now : nil
    self.claim = claim
    confirmation.stop()
    let read = readsFirst ? readSoon(at: now) : []
    return [.recordIntent(claim), .answer(.claim(id: claim.id))] + read
  }

  private mutating func newClaim(_ wish: Transition, vips: [String], isForced: Bool, at now: Uptime) -> Claim
  {
    var claim = Claim(
      id: random.claimId(), group: name, vips: vips, wish: wish, isForced: isForced,
      generation: generation, at: now)
    claim.previousNetworkInterfaceId = previousHolder
    return claim
  }

  /// The interface that holds the first VIP that is not here.
  var previousHolder: String? {
    vips.compactMap { holdings[$0] }.first { !isHere($0) }?.holder?.networkInterfaceId
  }
}
