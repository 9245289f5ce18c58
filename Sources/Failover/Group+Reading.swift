/// What EC2 says of the VIPs' places.
extension Group {
  /// EC2's answers may lag behind an acceptance by this much.
  static let readLag = Duration.seconds(2)

  /// Asks EC2 now, or as soon as the read under way has ended.
  mutating func readNow(at now: Uptime) -> [Effect] {
    reads.want(at: now)
    return readIfDue(at: now)
  }

  /// Asks EC2 now, or as soon as a wish may cost a read again.
  mutating func readSoon(at now: Uptime) -> [Effect] {
    reads.wantSoon(at: now)
    return readIfDue(at: now)
  }

  mutating func readIfDue(at now: Uptime) -> [Effect] {
    guard networkInterfaceId != nil, let due = reads.nextAt, due <= now else { return [] }
    reads.begin(at: now)
    return [.readHolders(vips: vips)]
  }

  mutating func holdersRead(
    begunAt: Uptime, _ holders: [String: Holder], at now: Uptime
  ) -> [Effect] {
    reads.succeeded()
    for vip in vips { note(holders[vip], of: vip, readBegunAt: begunAt, at: now) }
    let effects = answerRead(begunAt: begunAt, holders, at: now) + judge(readBegunAt: begunAt, at: now)
    wantNextRead(at: now)
    return effects + readIfDue(at: now)
  }

  mutating func holdersUnreadable(at now: Uptime) -> [Effect] {
    claim?.readsAfter = nil
    reads.failed(at: now, longestPause: isMaster ? HolderReads.longestMasterPause : HolderReads.standbyPeriod)
    return readIfDue(at: now)
  }

  /// Leaves room for another call of a quiet standby; what does not fit a standby is read as ever.
  mutating func postponeReads(to moment: Uptime) {
    guard !isMaster, ![.misplaced, .orphaned].contains(verdict) else { return }
    reads.postponePeriodic(to: moment)
  }

  /// Whether EC2 is being asked for this group.
  public var isReading: Bool { reads.isUnderWay }

  private mutating func wantNextRead(at now: Uptime) {
    guard isMaster, !isPaused else {
      let isOdd = !isPaused && [.misplaced, .orphaned].contains(verdict)
      return reads.wantAtLatest(at: now + (isOdd ? HolderReads.oddStandbyPeriod : HolderReads.standbyPeriod))
    }
    let stray = 1 + HolderReads.masterJitter * random.fraction()
    reads.wantAtLatest(at: now + HolderReads.masterPeriod * stray)
  }

  /// Ends a claim that asked EC2 first, or lets it go on with the VIPs that are not here.
  ///
  /// What counts is the read's own word: a read that misses a VIP which EC2 has just accepted costs one more Assign.
  private mutating func answerRead(
    begunAt: Uptime, _ holders: [String: Holder], at now: Uptime
  ) -> [Effect] {
    guard let claim, let after = claim.readsAfter, begunAt >= claim.startedAt else { return [] }
    let here = Set(vips.filter { holders[$0]?.networkInterfaceId == networkInterfaceId })
    let isAfterLastWish = begunAt >= after
    guard isAfterLastWish || here.count < vips.count else { return [] }
    self.claim?.noteHeld(isAfterLastWish ? here : [])
    let previous = previousHolder
    self.claim?.previousNetworkInterfaceId = previous
    return finishIfHeld(with: .alreadyHeld, at: now)
  }

  /// Keeps what a read says, unless something newer than its beginning is known.
  private mutating func note(
    _ holder: Holder?, of vip: String, readBegunAt begunAt: Uptime, at now: Uptime
  ) {
    if let known = holdings[vip] {
      guard begunAt >= known.observedAt else { return }
      guard known.holder?.networkInterfaceId != holder?.networkInterfaceId else {
        holdings[vip]?.holder = holder
        return
      }
      guard !isHere(known) || isSettled(begunAt) else {
        reads.want(at: (acceptedAt ?? begunAt) + Self.readLag)
        return
      }
    }
    holdings[vip] = Holding(holder: holder, isConfirmed: false, observedAt: now, source: .ec2)
  }

  /// True for a read that began long enough after the last acceptance to know of it.
  func isSettled(_ begunAt: Uptime) -> Bool {
    guard let acceptedAt else { return true }
    return begunAt >= acceptedAt + Self.readLag
  }

  /// Keeps that EC2 accepted the Assign on the wire: the VIPs are on the interface that it was for.
  mutating func noteAccepted(_ claim: Claim, at now: Uptime) {
    guard let holder = claim.sentTo.map({ Holder(networkInterfaceId: $0) }) else { return }
    acceptedAt = now
    watch.forgetMissed()
    lookLater(at: now)
    reads.wantAfterEvent(at: now)
    for vip in claim.sending ?? [] {
      holdings[vip] = Holding(holder: holder, isConfirmed: false, observedAt: now, source: .assign)
    }
  }
}
