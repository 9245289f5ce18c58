import Failover

/// What holds for a group at any time, whatever happens: checked after each event of every test here.
struct Rules {
  /// The Assign that EC2 has or may have, and that no answer has come for.
  struct OnTheWire: Equatable {
    var claimId: String
    var n: Int
    var vips: [String]
  }

  private(set) var onTheWire: OnTheWire?
  private(set) var readIsUnderWay = false
  private(set) var localReads = 0
  /// Every claim that was begun, in order.
  private(set) var intents: [String] = []
  private(set) var outcomes: [String: Claim.Outcome] = [:]
  private var recorded: Set<String> = []
  private var confirmed: Set<String> = []
  private var barred: Set<String> = []
  private var isWithdrawn = false
  private var attempts: [String: Int] = [:]

  /// The claims that have an intent and no outcome yet.
  var open: [String] { intents.filter { outcomes[$0] == nil } }

  /// What the event and its effects broke, in words; normally nothing.
  mutating func broken(by event: Event, _ effects: [Effect], router: Router, at now: Uptime) -> [String] {
    take(event)
    guard let group = router["inside"] else { return ["no group"] }
    let found = effects.compactMap { check($0, group) }
    if effects.contains(where: \.leavesMaster) { barred.formUnion(intents) }
    return found + stuck(group, router, at: now)
  }

  private mutating func take(_ event: Event) {
    switch event {
    case .assignAnswered(let id, _): if onTheWire?.claimId == id { onTheWire = nil }
    case .intentRecorded(let id): recorded.insert(id)
    case .holdersRead, .holdersUnreadable: readIsUnderWay = false
    case .localAddressesRead, .localAddressesUnreadable: localReads = max(0, localReads - 1)
    case .withdrawn:
      isWithdrawn = true
      barred.formUnion(intents)
    case .paused: barred.formUnion(intents)
    default: break
    }
  }

  private mutating func check(_ effect: Effect, _ group: Group) -> String? {
    switch effect {
    case .recordIntent(let claim): checkIntent(claim)
    case .sendAssign(let id, let n, let vips): checkSend(OnTheWire(claimId: id, n: n, vips: vips), group)
    case .cutAssign(let id): onTheWire?.claimId == id ? nil : "cut \(id), which is not on the wire"
    case .recordOutcome(let claim): checkOutcome(claim)
    case .recordConfirmed(let claim): checkConfirmed(claim)
    case .readHolders: checkRead()
    case .readLocalAddresses: countLocalRead()
    default: nil
    }
  }

  private mutating func checkIntent(_ claim: Claim) -> String? {
    defer { intents.append(claim.id) }
    if isWithdrawn { return "intent of \(claim.id) after the group was withdrawn" }
    return intents.contains(claim.id) ? "claim id \(claim.id) used twice" : nil
  }

  private mutating func checkSend(_ send: OnTheWire, _ group: Group) -> String? {
    defer { (onTheWire, attempts[send.claimId]) = (send, send.n) }
    if let onTheWire { return "\(send) while \(onTheWire) is on the wire" }
    if !recorded.contains(send.claimId) { return "\(send) without a recorded intent" }
    if outcomes[send.claimId] != nil { return "\(send) after the claim's outcome" }
    if barred.contains(send.claimId) { return "\(send) after standby was answered" }
    if group.networkInterfaceId == nil { return "\(send) to an unknown interface" }
    if send.n != attempts[send.claimId, default: 0] + 1 { return "\(send) is counted wrong" }
    if send.vips.isEmpty || !Set(send.vips).isSubset(of: group.vips) { return "\(send) with other VIPs" }
    return nil
  }

  private mutating func checkOutcome(_ claim: Claim) -> String? {
    defer { outcomes[claim.id] = claim.outcome }
    if !intents.contains(claim.id) { return "outcome of \(claim.id) without an intent" }
    if outcomes[claim.id] != nil { return "second outcome of \(claim.id)" }
    if onTheWire?.claimId == claim.id { return "outcome of \(claim.id) while its Assign is on the wire" }
    if claim.isHeld && !claim.vips.allSatisfy(\.isAccepted) { return "\(claim.id) held without all VIPs" }
    return claim.outcome == nil ? "outcome record of \(claim.id) has no outcome" : nil
  }

  private mutating func checkConfirmed(_ claim: Claim) -> String? {
    let isSecond = !confirmed.insert(claim.id).inserted
    let isHeld = outcomes[claim.id] == .accepted || outcomes[claim.id] == .alreadyHeld
    return isSecond || !isHeld ? "\(claim.id) confirmed twice, or without being held" : nil
  }

  private mutating func checkRead() -> String? {
    defer { readIsUnderWay = true }
    return readIsUnderWay ? "two reads of EC2 at once" : nil
  }

  private mutating func countLocalRead() -> String? {
    localReads += 1
    return nil
  }

  /// Something is always pending where something is still to be done, and no wake-up repeats for ever.
  private func stuck(_ group: Group, _ router: Router, at now: Uptime) -> [String] {
    var found: [String] = []
    if group.isSilent && (onTheWire != nil || !open.isEmpty) { found.append("silent with \(open) open") }
    let awaitsEvidence = group.claim?.awaitsEvidence == true
    if !group.isSilent && open.isEmpty && !awaitsEvidence { found.append("not silent, yet nothing is open") }
    let isKnown = group.networkInterfaceId != nil
    let isPending = router.nextWakeAt("inside", at: now) != nil || readIsUnderWay || localReads > 0
    if isKnown && !isPending && onTheWire == nil {
      if open.contains(where: recorded.contains) { found.append("the claim waits for nothing") }
      if !group.isMaster { found.append("not MASTER, and no read will follow") }
      if group.isMaster, let claim = group.claim, claim.isHeld, claim.confirmedAt == nil,
        !barred.contains(claim.id)
      {
        found.append("accepted, and no confirmation will be asked for")
      }
    }
    return found + spins(router, at: now)
  }

  private func spins(_ router: Router, at now: Uptime) -> [String] {
    guard let wake = router.nextWakeAt("inside", at: now) else { return [] }
    var copy = router
    let later = max(wake, now)
    _ = copy.handle(.timePassed, for: "inside", at: later)
    guard let next = copy.nextWakeAt("inside", at: later), next <= later else { return [] }
    return ["a wake-up at \(later.seconds) leads to one at \(next.seconds)"]
  }
}

extension Effect {
  /// After it no Assign of a claim begun before may be sent.
  fileprivate var leavesMaster: Bool {
    switch self {
    case .recordStandby: true
    case .answer(.standby(let state)): state != .master
    default: false
    }
  }
}
