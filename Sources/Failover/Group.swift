/// One VRRP group and its VIPs: decides what to do about every event.
///
/// A value without clock, socket, file or random source of its own: the caller tells the time, carries
/// out the effects and sends their results back as events, and calls again at `nextWakeAt`.
public struct Group: Sendable {
  /// The group's name.
  public let name: String
  /// Its virtual IPs.
  public private(set) var vips: [String]
  /// Who tells that this router is MASTER.
  public private(set) var witness: Witness
  /// How often a MASTER looks into the instance metadata.
  private(set) var guardPeriod: Duration

  /// The interface that the VIPs are to be on; nil until the identity is known.
  public internal(set) var networkInterfaceId: String?
  /// The newest transition told by a hook or an operator; nil until the first.
  public internal(set) var newest: Transition?
  /// What this router shows of its VRRP state; a hook alone makes nobody MASTER before it was looked at.
  public internal(set) var evidence = Evidence(keepalived: .dead(reason: "keepalived was not looked at yet"))
  /// Whether this router is MASTER, by all inputs as they are now.
  public internal(set) var ruling: Ruling
  /// Since when the ruling is what it is; nil until the first evidence or hook.
  public internal(set) var ruledAt: Uptime?
  /// Since when `vrrpState` is what it is; nil while it is unknown.
  public private(set) var vrrpSince: Uptime?
  /// Since when `verdict` is what it is; nil until the first event.
  public private(set) var verdictSince: Uptime?
  /// Counts the changes between MASTER and not MASTER.
  public internal(set) var generation: UInt64
  /// An operator has stopped all claims.
  public internal(set) var isPaused = false
  /// vipad stops, or the configuration no longer has the group: nothing is claimed any more.
  public private(set) var isWithdrawn = false
  /// The newest claim, under way or ended.
  public internal(set) var claim: Claim?
  /// What is known of each VIP's place.
  public internal(set) var holdings: [String: Holding] = [:]

  /// Claims whose Assign is being cut.
  var ending: [Claim] = []
  var reads = HolderReads()
  var confirmation = Confirmation()
  var watch = GuardWatch()
  /// When EC2 last accepted an Assign.
  var acceptedAt: Uptime?
  /// A hook said that this router is not MASTER while the evidence says that it is: no claim until then.
  var heldBackUntil: Uptime?
  var random: SeededRandom

  /// A group of which nothing is known yet.
  ///
  /// Its random numbers (pacing, claim ids) start from `seed`; its generations count on from `generation`.
  public init(
    name: String, vips: [String], witness: Witness = .hook, guardPeriod: Duration = .seconds(5), seed: UInt64,
    generation: UInt64 = 0
  ) {
    self.name = name
    self.vips = vips
    self.witness = witness
    self.guardPeriod = guardPeriod
    self.generation = generation
    ruling = Ruling(witness: witness, evidence: evidence, newestHook: nil)
    random = SeededRandom(seed: seed)
  }

  /// True while all evidence says that this router is MASTER.
  public var isMaster: Bool { ruling.isMaster }

  /// Nothing forbids a claim as such.
  var mayClaim: Bool { !isPaused && !isWithdrawn }

  /// True when no claim is under way and no Assign is being cut.
  public var isSilent: Bool { ending.isEmpty && (claim?.outcome != nil || claim == nil) }

  /// True while something may still have to be written about that claim.
  public func knows(_ claimId: String) -> Bool {
    claim?.id == claimId || ending.contains { $0.id == claimId }
  }

  /// True while that claim's Assign is to be sent or on the wire, and wanted.
  public func isSending(_ claimId: String) -> Bool { claim?.id == claimId && claim?.sending != nil }

  /// What VRRP's state is held to be: the evidence's MASTER, else what was told last.
  public var vrrpState: VRRPState? {
    if isMaster { return .master }
    guard let told = newest?.state, told != .master else { return ruledAt == nil ? nil : .backup }
    return told
  }

  /// True while an Assign that must not arrive any more is being cut.
  public var isCutting: Bool { !ending.isEmpty }

  /// When something is due, all but the next Assign.
  var nextWakeAt: Uptime? {
    [
      claim?.awaitsEvidence == true ? claim?.witnessedBy : nil, heldBackUntil, nextLookAt,
      networkInterfaceId == nil ? nil : reads.nextAt,
    ].compactMap(\.self).min()
  }

  /// Takes an event at the moment `now` and says what to do, all but the next Assign.
  mutating func take(_ event: Event, at now: Uptime) -> [Effect] {
    let before = (state: vrrpState, verdict: verdict, told: newest)
    let effects = decide(event, at: now)
    if verdict != before.verdict || verdictSince == nil { verdictSince = now }
    guard vrrpState != before.state else { return effects }
    // A hook tells the moment of the transition, and comes a little later.
    let told = newest.flatMap { $0 != before.told && $0.state == vrrpState ? $0.uptime : nil }
    vrrpSince = max(told ?? now, vrrpSince ?? told ?? now)
    return effects
  }

  private mutating func decide(_ event: Event, at now: Uptime) -> [Effect] {
    switch event {
    case .claimRequested(let wish, let isForced): claimRequested(wish, isForced: isForced, at: now)
    case .standbyRequested(let wish): standbyRequested(wish, at: now)
    case .evidenceChanged(let evidence): evidenceChanged(evidence, at: now)
    case .reconfigured(let vips, let witness, let guardPeriod):
      reconfigured(vips, witness, guardPeriod, at: now)
    case .paused: pause(at: now)
    case .resumed: resume(at: now)
    case .interfaceIdentified(let id): interfaceIdentified(id, at: now)
    case .intentRecorded(let claimId): intentRecorded(claimId)
    case .assignAnswered(let claimId, let answer): assignAnswered(claimId, answer, at: now)
    case .credentialsRefreshed: credentialsRefreshed(at: now)
    case .holdersRead(let begunAt, let holders): holdersRead(begunAt: begunAt, holders, at: now)
    case .holdersUnreadable: holdersUnreadable(at: now)
    case .localAddressesRead(let begunAt, let addresses):
      localAddressesRead(addresses, begunAt: begunAt, at: now)
    case .localAddressesUnreadable: localAddressesUnreadable(at: now)
    case .timePassed: timePassed(at: now)
    case .withdrawn(let outcome): withdraw(outcome, at: now)
    }
  }

  private mutating func timePassed(at now: Uptime) -> [Effect] {
    endUnwitnessed(at: now) + endHoldBack(at: now) + lookIfDue(at: now) + readIfDue(at: now)
  }

  /// Nothing more is claimed for the group; a confirmation that is still to come counts for nothing.
  private mutating func withdraw(_ outcome: Claim.Outcome, at now: Uptime) -> [Effect] {
    isWithdrawn = true
    confirmation.stop()
    return endClaim(with: outcome, at: now)
  }

  /// Claims VIPs that are new while MASTER; those that are gone are only let be.
  private mutating func reconfigured(
    _ vips: [String], _ witness: Witness, _ guardPeriod: Duration, at now: Uptime
  ) -> [Effect] {
    let added = vips.filter { !self.vips.contains($0) }
    let isChanged = Set(vips) != Set(self.vips)
    self.vips = vips
    self.witness = witness
    self.guardPeriod = guardPeriod
    holdings = holdings.filter { vips.contains($0.key) }
    // A VIP that is gone is confirmed by nobody.
    if claim?.vips.allSatisfy({ vips.contains($0.address) }) == false { confirmation.stop() }
    let wish = Transition(to: .master, at: now, cause: .operator)
    let wasMaster = isMaster
    let ruled = rule(wish, at: now)
    guard isChanged, isMaster, wasMaster, mayClaim else {
      return ruled + (isChanged ? readNow(at: now) : [])
    }
    let isUnderWay = claim?.outcome == nil
    let ended = endClaim(with: .superseded, at: now)
    let wanted = isUnderWay ? vips : added
    return ruled + ended + (wanted.isEmpty ? [] : beginClaim(wish, vips: wanted, at: now))
  }

  private mutating func interfaceIdentified(_ id: String, at now: Uptime) -> [Effect] {
    guard id != networkInterfaceId else { return [] }
    networkInterfaceId = id
    holdings = [:]
    claim?.begin(on: id, at: now)
    return readNow(at: now)
  }

  private mutating func credentialsRefreshed(at now: Uptime) -> [Effect] {
    claim?.credentialsRefreshed(at: now)
    return reads.lastFailed ? readNow(at: now) : []
  }

  /// True when the VIP is on the interface that it is to be on.
  public func isHere(_ holding: Holding) -> Bool {
    networkInterfaceId != nil && holding.holder?.networkInterfaceId == networkInterfaceId
  }
}
