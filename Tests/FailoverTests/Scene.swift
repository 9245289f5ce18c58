import Failover
import Testing

/// A group and the moment: tells the group what happens, by the rules, and keeps what it wanted.
struct Scene {
  static let here = "eni-here"
  static let there = "eni-there"

  private(set) var router: Router
  private(set) var group: Group
  var now = Uptime(seconds: 1000)
  private(set) var rules = Rules()
  private(set) var readBegunAt = Uptime(seconds: 0)
  /// What the last event led to.
  private(set) var effects: [Effect] = []

  /// A group of which nothing is known; the brake is off where a test is not about it.
  init(
    unknown vips: [String], witness: Witness = .hook, seed: UInt64 = 1, brake: Brake = Brake(burst: .max),
    isLookedAt: Bool = true
  ) {
    group = Group(name: "inside", vips: vips, witness: witness, seed: seed)
    router = Router([group], brake: brake)
    if isLookedAt { tell(.evidenceChanged(Evidence())) }
  }

  /// A group at rest: not MASTER, the other router's interface holds the VIPs.
  init(
    _ vips: [String] = ["10.0.0.10"], witness: Witness = .hook, seed: UInt64 = 1,
    brake: Brake = Brake(burst: .max)
  ) {
    self.init(unknown: vips, witness: witness, seed: seed, brake: brake)
    tell(.interfaceIdentified(networkInterfaceId: Self.here))
    read(allAt: Self.there)
  }

  var claim: Claim? { group.claim }
  var claimId: String { group.claim?.id ?? "none" }
  /// The effects of the last event, a word each.
  var words: [String] { effects.map(\.word) }
  /// How long until the group wants to be woken.
  var wait: Duration? { wakeAt.map { $0 - now } }
  /// When the group wants to be woken.
  var wakeAt: Uptime? { router.nextWakeAt("inside", at: now) }

  mutating func tell(_ event: Event) {
    effects = router.handle(event, for: "inside", at: now).map(\.effect)
    group = router["inside"] ?? group
    if effects.contains(where: { if case .readHolders = $0 { true } else { false } }) { readBegunAt = now }
    for violation in rules.broken(by: event, effects, router: router, at: now) {
      Issue.record("after \(event): \(violation)")
    }
  }

  // MARK: Wishes

  /// A hook, at `moment` (left out: now).
  mutating func hook(_ state: VRRPState, at moment: Uptime? = nil) {
    let wish = Transition(to: state, at: moment ?? now, cause: .vrrp)
    tell(state == .master ? .claimRequested(wish, isForced: false) : .standbyRequested(wish))
  }

  mutating func operatorClaims(isForced: Bool = false) {
    tell(.claimRequested(Transition(to: .master, at: now, cause: .operator), isForced: isForced))
  }

  mutating func operatorStandsBy(at moment: Uptime? = nil) {
    tell(.standbyRequested(Transition(to: .backup, at: moment ?? now, cause: .operator)))
  }

  // MARK: Evidence

  /// What this router shows, with the VIP on the interface since `addressSince`.
  mutating func shows(
    addressSince: Double? = nil, keepalived: Evidence.Keepalived = .alive(startedAt: Uptime(seconds: 100)),
    isLinkUp: Bool = true
  ) {
    let address: Evidence.Address =
      addressSince.map { .present(interface: "eth0", createdAt: Uptime(seconds: $0)) } ?? .absent
    tell(.evidenceChanged(Evidence(keepalived: keepalived, address: address, isLinkUp: isLinkUp)))
  }

  // MARK: EC2

  mutating func intentIsRecorded() { tell(.intentRecorded(claimId: claimId)) }

  mutating func accept() {
    answer(.success(.init(httpStatus: 200, awsRequestId: "request")))
  }

  mutating func refuse(
    _ refusalClass: RefusalClass, httpStatus: Int? = 400, errorCode: String? = "Code",
    hintMilliseconds: Int? = nil, wasSent: Bool = true
  ) {
    answer(
      .failure(
        Refusal(
          refusalClass, httpStatus: httpStatus, errorCode: errorCode, message: "no",
          retryAfterMilliseconds: hintMilliseconds, wasSent: wasSent)))
  }

  private mutating func answer(_ result: Result<AssignAnswer.Acceptance, Refusal>) {
    let claimId = rules.onTheWire?.claimId ?? "none"
    tell(.assignAnswered(claimId: claimId, AssignAnswer(result, milliseconds: 20)))
  }

  /// The read under way ends: these interfaces hold these VIPs.
  mutating func read(_ places: [String: String]) {
    tell(.holdersRead(begunAt: readBegunAt, holders: places.mapValues { Holder(networkInterfaceId: $0) }))
  }

  mutating func read(allAt networkInterfaceId: String) {
    read(Dictionary(uniqueKeysWithValues: group.vips.map { ($0, networkInterfaceId) }))
  }

  mutating func instanceMetadataLists(_ addresses: [String]) {
    tell(.localAddressesRead(begunAt: now, addresses: Set(addresses)))
  }

  // MARK: Time

  mutating func pass(_ duration: Duration) {
    now = now + duration
    tell(.timePassed)
  }

  /// Goes to the moment the group asked for.
  mutating func wake() {
    now = max(now, wakeAt ?? now)
    tell(.timePassed)
  }

  /// Nothing happens for a while: all that is asked is answered at once with "the VIPs are here".
  mutating func rest(_ duration: Duration) { _ = reads(in: duration) }

  /// How often EC2 is asked while nothing happens for a while.
  mutating func reads(in duration: Duration) -> Int {
    let end = now + duration
    var count = 0
    while let due = wakeAt, due <= end {
      wake()
      var asked = effects
      while !asked.isEmpty {
        let effect = asked.removeFirst()
        switch effect {
        case .readHolders:
          count += 1
          read(allAt: Self.here)
        case .readLocalAddresses: instanceMetadataLists(group.vips)
        default: continue
        }
        asked += effects
      }
    }
    now = end
    return count
  }

  // MARK: Shortcuts to a state

  /// MASTER, the Assign on the wire.
  static func sending(_ vips: [String] = ["10.0.0.10"], seed: UInt64 = 1) -> Scene {
    var scene = Scene(vips, seed: seed)
    scene.hook(.master)
    scene.intentIsRecorded()
    return scene
  }

  /// MASTER, EC2 has just accepted.
  static func accepted(_ vips: [String] = ["10.0.0.10"], seed: UInt64 = 1) -> Scene {
    var scene = sending(vips, seed: seed)
    scene.accept()
    return scene
  }

  /// MASTER, confirmed, and a quiet minute has gone by.
  static func holding(_ vips: [String] = ["10.0.0.10"], seed: UInt64 = 1) -> Scene {
    var scene = accepted(vips, seed: seed)
    scene.instanceMetadataLists(vips)
    scene.rest(.seconds(60))
    return scene
  }
}

extension Effect {
  /// The effect in a word or two.
  var word: String {
    switch self {
    case .answer(.claim): "answerClaim"
    case .answer(.standby): "answerStandby"
    case .answer(.stale): "answerStale"
    case .answer(.notMaster): "answerNotMaster"
    case .answer(.paused): "answerPaused"
    case .answer(.withdrawn): "answerWithdrawn"
    case .recordIntent: "intent"
    case .sendAssign: "assign"
    case .cutAssign: "cut"
    case .readHolders: "read"
    case .readLocalAddresses: "readLocal"
    case .refreshCredentials: "refresh"
    case .findIdentity: "identify"
    case .recordOutcome(let claim): claim.outcome?.rawValue ?? "noOutcome"
    case .recordConfirmed: "confirmed"
    case .recordStandby: "standby"
    case .recordStale: "stale"
    case .countHoldDown: "holdDown"
    }
  }
}
