import Failover

/// A small model of all that surrounds a group, from one seed.
///
/// Hooks come in any order, EC2 accepts, refuses or never answers, the instance metadata lags behind, a peer
/// takes the VIPs, the identity is lost and changes, and time goes by.
struct World {
  static let vips = ["10.0.0.10", "10.0.0.11", "10.0.0.12"]
  static let peer = "eni-peer"

  /// Something that will happen to the group.
  private struct Due {
    var at: Uptime
    var event: Event
    /// The claim whose Assign it is the answer to.
    var answers: String?
  }

  private(set) var router: Router
  private(set) var now = Uptime(seconds: 1000)
  private(set) var rules = Rules()
  /// The first rule that was broken; the run ends there.
  private(set) var broken: String?
  /// What EC2 holds to be true.
  private(set) var holders: [String: String] = [:]
  /// Told of each event, and in a word each what the group wanted.
  var trace: ((Uptime, Event, [String]) -> Void)?

  private var random: SeededRandom
  private var due: [Due] = []
  private var isCalm = false
  private var identity = "eni-a"

  init(seed: UInt64) {
    random = SeededRandom(seed: seed)
    let count = Int.random(in: 1...3, using: &random)
    let vips = Array(Self.vips.prefix(count))
    router = Router([Group(name: "inside", vips: vips, seed: seed)])
    for vip in vips { holders[vip] = Self.peer }
    happen(.evidenceChanged(Evidence()))
  }

  private var group: Group { router["inside"] ?? Group(name: "inside", vips: [], seed: 0) }

  // MARK: The run

  /// Trouble for a while, then calm, a last hook, and what must be true a little later.
  mutating func run(steps: Int) {
    for _ in 0..<steps where broken == nil {
      if chance(0.3) { happen(somethingOutside()) } else { goOn(until: now + .seconds(90)) }
    }
    isCalm = true
    guard !group.isWithdrawn else { return settleWithdrawn() }
    settle(for: .seconds(3))
    happen(.interfaceIdentified(networkInterfaceId: identity))
    happen(chance(0.5) ? claimEvent(.vrrp, at: now) : standbyEvent(.vrrp, at: now))
    settle(for: .seconds(200))
    broken = broken ?? notAtRest()
  }

  /// Whatever was under way ends; the rules allow no claim.
  private mutating func settleWithdrawn() {
    happen(claimEvent(.vrrp, at: now))
    settle(for: .seconds(30))
    broken = broken ?? (rules.open.isEmpty ? nil : "withdrawn, and without an outcome: \(rules.open)")
  }

  private mutating func settle(for duration: Duration) {
    let end = now + duration
    while broken == nil, now < end { goOn(until: end) }
  }

  /// What is wrong although nothing has disturbed the group for a while.
  private func notAtRest() -> String? {
    if !group.isSilent { return "not silent at rest" }
    if !rules.open.isEmpty { return "intents without an outcome: \(rules.open)" }
    if group.isMaster && group.vips.contains(where: { holders[$0] != identity }) {
      return "MASTER at rest, and EC2 has \(holders)"
    }
    let expected: Verdict =
      if group.isMaster { .holding } else { holders.values.contains(identity) ? .misplaced : .standby }
    return group.verdict == expected ? nil : "verdict \(group.verdict) where EC2 has \(holders)"
  }

  /// The next thing that is due happens, or the time comes that the group asked for.
  private mutating func goOn(until end: Uptime) {
    let next = due.indices.min { due[$0].at < due[$1].at }
    let nextAt = next.map { due[$0].at } ?? end
    let wakeAt = max(router.nextWakeAt("inside", at: now) ?? end, now)
    now = max(now, min(nextAt, wakeAt, end))
    guard let next, nextAt <= now else { return happen(.timePassed) }
    happen(due.remove(at: next).event)
  }

  private mutating func happen(_ event: Event) {
    guard broken == nil else { return }
    let effects = router.handle(event, for: "inside", at: now).map(\.effect)
    trace?(now, event, effects.map(\.word))
    broken = rules.broken(by: event, effects, router: router, at: now).first
    for effect in effects { carryOut(effect) }
  }

  // MARK: What comes from outside

  private mutating func somethingOutside() -> Event {
    now = now + milliseconds(0...300)
    let moment = chance(0.3) ? now + .milliseconds(-3000) + milliseconds(0...3500) : now
    switch Int.random(in: 0..<14, using: &random) {
    case 0...3: return claimEvent(.vrrp, at: moment)
    case 4...6: return standbyEvent(.vrrp, at: moment)
    case 7: return claimEvent(.operator, at: now)
    case 8: return chance(0.3) ? standbyEvent(.operator, at: now) : .timePassed
    case 9: return peerTakes()
    case 10: return identityEvent()
    case 11: return .credentialsRefreshed
    case 12: return chance(0.05) ? .withdrawn(.failed) : .timePassed
    default: return .localAddressesRead(begunAt: now + milliseconds(-3000...0), addresses: Set(group.vips))
    }
  }

  private mutating func claimEvent(_ cause: Cause, at moment: Uptime) -> Event {
    .claimRequested(Transition(to: .master, at: moment, cause: cause), isForced: chance(0.5))
  }

  private mutating func standbyEvent(_ cause: Cause, at moment: Uptime) -> Event {
    let state = [VRRPState.backup, .fault, .stop].randomElement(using: &random) ?? .backup
    return .standbyRequested(Transition(to: state, at: moment, cause: cause))
  }

  private mutating func peerTakes() -> Event {
    if let vip = group.vips.randomElement(using: &random) { holders[vip] = Self.peer }
    return .timePassed
  }

  private mutating func identityEvent() -> Event {
    if isCalm { return .interfaceIdentified(networkInterfaceId: identity) }
    if chance(0.3) { identity = identity == "eni-a" ? "eni-b" : "eni-a" }
    return .interfaceIdentified(networkInterfaceId: identity)
  }

  // MARK: What the group wants done

  private mutating func carryOut(_ effect: Effect) {
    switch effect {
    case .recordIntent(let claim): soon(0...250, .intentRecorded(claimId: claim.id))
    case .sendAssign(let id, _, let vips): assign(vips, claimId: id)
    case .cutAssign(let id): cut(id)
    case .readHolders: readHolders()
    case .readLocalAddresses: readLocalAddresses()
    case .refreshCredentials: if isCalm || chance(0.8) { soon(10...4000, .credentialsRefreshed) }
    case .findIdentity: if isCalm || chance(0.8) { soon(10...2000, identityEvent()) }
    default: break
    }
  }

  private mutating func assign(_ vips: [String], claimId: String) {
    let refusal = isCalm || chance(0.4) ? nil : someRefusal(of: vips)
    if let refusal {
      let isApplied = refusal.wasSent && refusal.httpStatus == nil && chance(0.5)
      if isApplied { move(vips) }
      answer(claimId, .failure(refusal), after: refusal.httpStatus == nil ? 5000...5000 : 5...600)
    } else {
      move(vips)
      answer(claimId, .success(.init(httpStatus: 200, awsRequestId: nil)), after: 5...600)
    }
  }

  private mutating func move(_ vips: [String]) {
    for vip in vips { holders[vip] = group.networkInterfaceId }
  }

  private mutating func someRefusal(of vips: [String]) -> Refusal {
    let refusalClass = RefusalClass.allCases.randomElement(using: &random) ?? .transient
    guard refusalClass == .transient else {
      let hint = chance(0.2) ? Int.random(in: -1...9000, using: &random) : nil
      return Refusal(
        refusalClass, httpStatus: 400, errorCode: "Code", message: "no", retryAfterMilliseconds: hint)
    }
    return Refusal(.transient, message: "no answer", wasSent: chance(0.7))
  }

  private mutating func answer(
    _ claimId: String, _ result: Result<AssignAnswer.Acceptance, Refusal>, after delay: ClosedRange<Int>
  ) {
    let event = Event.assignAnswered(claimId: claimId, AssignAnswer(result, milliseconds: 1))
    due.append(Due(at: now + milliseconds(delay), event: event, answers: claimId))
  }

  /// The answer may have come already; else the connection ends without one.
  private mutating func cut(_ claimId: String) {
    guard let index = due.firstIndex(where: { $0.answers == claimId }) else { return }
    guard chance(0.7) else {
      due[index].at = min(due[index].at, now + milliseconds(0...50))
      return
    }
    due.remove(at: index)
    answer(claimId, .failure(Refusal(.transient, message: "cut")), after: 0...50)
  }

  private mutating func readHolders() {
    guard isCalm || chance(0.8) else { return soon(5...5000, .holdersUnreadable) }
    let found = holders.mapValues { Holder(networkInterfaceId: $0) }
    soon(5...400, .holdersRead(begunAt: now, holders: found))
  }

  private mutating func readLocalAddresses() {
    guard isCalm || chance(0.9) else { return soon(5...1000, .localAddressesUnreadable) }
    let isStale = !isCalm && chance(0.5)
    let here = Set(holders.keys.filter { holders[$0] == group.networkInterfaceId })
    soon(1...50, .localAddressesRead(begunAt: now, addresses: isStale ? [] : here))
  }

  private mutating func soon(_ delay: ClosedRange<Int>, _ event: Event) {
    due.append(Due(at: now + milliseconds(delay), event: event))
  }

  // MARK: Chance

  private mutating func chance(_ probability: Double) -> Bool {
    Double.random(in: 0..<1, using: &random) < probability
  }

  private mutating func milliseconds(_ range: ClosedRange<Int>) -> Duration {
    .milliseconds(Int.random(in: range, using: &random))
  }
}
