extension Group {
  /// How long a hook may be ahead of the evidence, or against it.
  static let witnessPatience = Duration.seconds(1)

  /// Whether what this router shows is not what was seen before.
  public func isNews(_ seen: Evidence) -> Bool {
    ruledAt == nil || seen.steadied(by: evidence) != evidence
  }

  /// Takes what this router shows now; a change of anything is a reason to look at EC2 as well.
  mutating func evidenceChanged(_ seen: Evidence, at now: Uptime) -> [Effect] {
    guard isNews(seen) else { return [] }
    let isFirst = ruledAt == nil
    evidence = seen.steadied(by: evidence)
    let cause = witness == .kernel ? .address : newest?.cause ?? .vrrp
    let wish = Transition(to: .master, at: now, cause: isFirst ? .startup : cause)
    let changed = rule(wish, at: now)
    if isMaster { reads.wantAfterEvent(at: now) }
    return changed
  }

  /// Rules anew over all inputs, and begins or ends what follows from a change.
  ///
  /// A claim begins with `wish` if this router has become MASTER.
  mutating func rule(_ wish: Transition, at now: Uptime) -> [Effect] {
    let wasMaster = isMaster
    ruling = Ruling(witness: witness, evidence: evidence, newestHook: newest)
    if ruledAt == nil { ruledAt = now }
    guard isMaster != wasMaster else { return [] }
    ruledAt = now
    generation += 1
    heldBackUntil = nil
    return isMaster ? becomeMaster(wish, at: now) : leaveMaster(wish, at: now)
  }

  private mutating func becomeMaster(_ wish: Transition, at now: Uptime) -> [Effect] {
    voidConfirmation()
    reads.wantNone()
    guard mayClaim else { return [] }
    if let waiting = claim, waiting.awaitsEvidence { return beginWitnessed(waiting, at: now) }
    return endClaim(with: .superseded, at: now) + beginClaim(wish, at: now)
  }

  private mutating func leaveMaster(_ wish: Transition, at now: Uptime) -> [Effect] {
    voidConfirmation()
    reads.wantNone()
    reads.wantAfterEvent(at: now)
    let told = wish.state == .master ? Transition(to: .backup, at: now, cause: wish.cause) : wish
    return endClaim(with: .cancelled, at: now)
      + [.recordStandby(told, generation: generation, reason: ruling.reason)] + readNow(at: now)
  }

  /// Nobody looks any more whether the VIPs stay here, or did before this router became MASTER.
  private mutating func voidConfirmation() {
    confirmation.stop()
    watch = GuardWatch()
    for vip in vips { holdings[vip]?.isConfirmed = false }
  }

  /// The evidence came after the hook: the claim that it asked for begins now.
  private mutating func beginWitnessed(_ waiting: Claim, at now: Uptime) -> [Effect] {
    var claim = waiting
    claim.becomeWitnessed(generation: generation, at: now)
    claim.previousNetworkInterfaceId = previousHolder
    self.claim = claim
    return [.recordIntent(claim)]
  }

  /// A hook said MASTER and the evidence did not follow within its time.
  mutating func endUnwitnessed(at now: Uptime) -> [Effect] {
    guard let claim, claim.awaitsEvidence, let until = claim.witnessedBy, until <= now else { return [] }
    return endUnwitnessed(claim, at: now)
  }

  /// Nothing was sent or written for the claim: what remains is that a hook was not borne out.
  mutating func endUnwitnessed(_ waiting: Claim, at now: Uptime) -> [Effect] {
    var claim = waiting
    claim.endUnwitnessed(at: now)
    self.claim = claim
    let wish = Transition(to: .master, at: claim.startedAt, cause: claim.cause, priority: claim.priority)
    return [.recordStale(wish, reason: ruling.reason, ended: claim)]
  }

  /// A hook said that this router is not MASTER, and the evidence did not follow within its time: it counts.
  mutating func endHoldBack(at now: Uptime) -> [Effect] {
    guard let until = heldBackUntil, until <= now else { return [] }
    heldBackUntil = nil
    guard isMaster, mayClaim, let told = newest else { return [] }
    let wish = Transition(to: .master, at: now, cause: .address)
    return [.recordStale(told, reason: ruling.reason)] + beginClaim(wish, readsFirst: true, at: now)
  }

  // MARK: Pause

  mutating func pause(at now: Uptime) -> [Effect] {
    isPaused = true
    voidConfirmation()
    return endClaim(with: .cancelled, at: now)
  }

  mutating func resume(at now: Uptime) -> [Effect] {
    guard isPaused else { return [] }
    isPaused = false
    reads.wantNone()
    guard isMaster, mayClaim else { return readNow(at: now) }
    return beginClaim(Transition(to: .master, at: now, cause: .operator), readsFirst: true, at: now)
  }
}
