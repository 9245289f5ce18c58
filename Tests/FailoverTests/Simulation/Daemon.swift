import Failover

/// What is switched off or broken on purpose, to show that the simulation notices.
enum Fault: CaseIterable {
  /// The guard's reads and looks always find the VIPs here.
  case noGuard
  /// Assigns are not limited.
  case noBrake
  /// An Assign that was cut because its generation is over is sent again.
  case noGenerationCheck
  /// keepalived always seems to live.
  case noLiveness
}

/// One vipad: the process around the decision, which can be killed and started at any moment.
final class Daemon {
  static let diskPatience = 0.25
  /// A stopped VRRP process counts as dead after 3 s without progress, looked at twice a second.
  static let progressPatience = 3.0...3.5
  /// One that has made none since vipad started does not count as alive.
  static let firstProgress = 0.01...1.0

  let name: String
  let networkInterfaceId: String
  let keepalived: Keepalived
  let trail: AuditTrail
  private(set) var router: Router?
  private(set) var startedAt = 0.0
  /// The Assigns that no answer has come for.
  private(set) var calls: [String: Cloud.Call] = [:]
  /// The claims whose intent is written, or had its time to be.
  private(set) var recorded: Set<String> = []

  private let pair: Pair
  /// The process is stopped, or its machine suspended: what it would be told waits.
  private(set) var isSuspended = false
  private var waiting: [(group: String, event: Event)] = []
  private var life = 0
  private var isPaused = false
  private var generations: [String: UInt64] = [:]
  private var plannedWakes: [String: Double] = [:]

  init(_ keepalived: Keepalived, _ pair: Pair) {
    (name, self.keepalived, self.pair) = (keepalived.name, keepalived, pair)
    networkInterfaceId = "eni-\(keepalived.name)"
    trail = AuditTrail(pair.schedule, pair.chance)
  }

  private var schedule: Schedule { pair.schedule }
  private var chance: Chance { pair.chance }

  // MARK: The process

  func start() {
    guard router == nil else { return }
    life += 1
    startedAt = schedule.now
    for open in trail.open { recover(open.claimId, open.vips) }
    router = Router(pair.groups.map(newGroup), brake: pair.fault == .noBrake ? Brake(burst: .max) : Brake())
    if isPaused { tellAll(.paused) }
    later(Self.firstProgress) { $0.look() }
    later(0.05...0.8) { $0.tellAll(.interfaceIdentified(networkInterfaceId: $0.networkInterfaceId)) }
  }

  /// SIGKILL; what is in the socket buffers still goes out.
  func crash() {
    guard router != nil else { return }
    router = nil
    (calls, recorded, plannedWakes, waiting, isSuspended) = ([:], [], [:], [], false)
    trail.loseUnwritten()
  }

  func suspend() { isSuspended = router != nil }

  /// Looks at the evidence anew before anything that is overdue happens.
  func wakeUp() {
    guard isSuspended else { return }
    isSuspended = false
    look()
    let overdue = waiting
    waiting = []
    for (group, event) in overdue { tell(group, event) }
  }

  private func newGroup(_ name: String, _ vips: [String]) -> Group {
    Group(
      name: name, vips: vips, witness: pair.witness, seed: UInt64(chance.number(0...Int.max)),
      generation: generations[name] ?? 0)
  }

  /// In a while, unless the process has died by then.
  private func later(_ seconds: ClosedRange<Double>, _ action: @escaping (Daemon) -> Void) {
    let life = life
    schedule.after(chance.seconds(seconds)) { [self] in
      if router != nil, life == self.life { action(self) }
    }
  }

  private func recover(_ claimId: String, _ vips: [String]) {
    let life = life
    pair.cloud.read(vips) { [self] holders in
      guard router != nil, life == self.life else { return }
      guard let holders else { return later(1...5) { $0.recover(claimId, vips) } }
      let isHere = vips.allSatisfy { holders[$0]?.networkInterfaceId == networkInterfaceId }
      trail.append(.outcome(claimId: claimId, isHere ? "recoveredAccepted" : "recoveredNotApplied"))
    }
  }

  // MARK: What it sees

  /// The kernel tells of addresses, links and processes at once; that one makes no progress shows later.
  func evidenceMayHaveChanged() {
    later(0.0005...0.01) { $0.look() }
    if keepalived.process == .stopped { later(Self.progressPatience) { $0.look() } }
  }

  private func look() {
    guard !isSuspended else { return }
    let since = keepalived.processSince
    let isHung =
      keepalived.process == .stopped
      && (schedule.now - since >= Self.progressPatience.lowerBound || since < startedAt)
    let process: Evidence.Keepalived =
      if pair.fault == .noLiveness {
        .unwatched
      } else if keepalived.process == .dead || isHung {
        .dead(reason: isHung ? "keepalived makes no progress" : "keepalived is dead")
      } else {
        .alive(startedAt: Uptime(seconds: keepalived.startedAt))
      }
    let address: Evidence.Address =
      keepalived.addressSince.map { .present(interface: "eth0", createdAt: Uptime(seconds: $0)) } ?? .absent
    tellAll(.evidenceChanged(Evidence(keepalived: process, address: address, isLinkUp: keepalived.isLinkUp)))
  }

  func hook(_ state: VRRPState, at moment: Uptime) {
    let wish = Transition(to: state, at: moment, cause: .vrrp)
    tellAll(state == .master ? .claimRequested(wish, isForced: false) : .standbyRequested(wish))
  }

  func setPaused(_ isPaused: Bool) {
    self.isPaused = isPaused
    tellAll(isPaused ? .paused : .resumed)
  }

  func tellAll(_ event: Event) {
    for (name, _) in pair.groups { tell(name, event) }
  }

  // MARK: The decision

  private func tell(_ name: String, _ event: Event) {
    guard router != nil else { return }
    guard !isSuspended else { return waiting.append((name, event)) }
    let effects = router?.handle(event, for: name, at: schedule.uptime) ?? []
    pair.trace?("\(self.name) \(name) \(event.text) -> " + effects.map(\.effect.word).joined(separator: " "))
    generations[name] = router?[name]?.generation
    for (group, effect) in effects { carryOut(effect, group) }
    for (group, _) in pair.groups { planWake(group) }
  }

  private func planWake(_ name: String) {
    guard let at = router?.nextWakeAt(name, at: schedule.uptime) else { return }
    let moment = max(at.seconds, schedule.now)
    if let planned = plannedWakes[name], planned <= moment { return }
    plannedWakes[name] = moment
    let life = life
    schedule.at(moment) { [self] in
      guard life == self.life, plannedWakes[name] == moment else { return }
      plannedWakes[name] = nil
      tell(name, .timePassed)
    }
  }

  private func carryOut(_ effect: Effect, _ group: String) {
    switch effect {
    case .recordIntent(let claim): record(claim, group)
    case .sendAssign(let claimId, _, let vips): send(claimId, vips, group)
    case .cutAssign(let claimId): cut(claimId)
    case .readHolders(let vips): readHolders(vips, group)
    case .readLocalAddresses: readLocalAddresses(group)
    case .refreshCredentials: later(0.05...0.3) { $0.tell(group, .credentialsRefreshed) }
    case .findIdentity: break
    case .recordOutcome(let claim):
      trail.append(.outcome(claimId: claim.id, claim.outcome?.rawValue ?? "none"))
    case .answer, .recordConfirmed, .recordStandby, .recordStale, .countHoldDown: break
    }
  }

  private func record(_ claim: Claim, _ group: String) {
    let durableAt = trail.append(.intent(claimId: claim.id, vips: claim.vips.map(\.address)))
    let wait = min(durableAt - schedule.now, Self.diskPatience)
    later(wait...wait) {
      $0.recorded.insert(claim.id)
      $0.tell(group, .intentRecorded(claimId: claim.id))
    }
  }

  // MARK: EC2

  private func send(_ claimId: String, _ vips: [String], _ group: String) {
    pair.referee.sees(self, send: claimId, vips, group)
    let (call, life, sentAt) = (Cloud.Call(), life, schedule.now)
    calls[claimId] = call
    call.answer = { [self] result in
      guard router != nil, life == self.life else { return }
      calls[claimId] = nil
      let milliseconds = (schedule.now - sentAt) * 1000
      tell(group, .assignAnswered(claimId: claimId, AssignAnswer(result, milliseconds: milliseconds)))
    }
    pair.cloud.assign(vips, to: networkInterfaceId, call)
  }

  private func cut(_ claimId: String) {
    guard let call = calls[claimId] else { return }
    pair.cloud.cut(call)
    guard pair.fault == .noGenerationCheck, let group = group(of: claimId) else { return }
    later(0.1...0.5) { $0.send(claimId, group.vips, group.name) }
  }

  private func group(of claimId: String) -> Group? {
    trail.open.first { $0.claimId == claimId }.flatMap { open in
      router?.groups.first { $0.vips.contains(open.vips[0]) }
    }
  }

  private func readHolders(_ vips: [String], _ group: String) {
    let (begunAt, life) = (schedule.uptime, life)
    pair.cloud.read(vips) { [self] holders in
      guard router != nil, life == self.life else { return }
      let seen = hidesLosses(group) ? allHere(vips) : holders
      tell(group, seen.map { .holdersRead(begunAt: begunAt, holders: $0) } ?? .holdersUnreadable)
    }
  }

  private func readLocalAddresses(_ group: String) {
    guard let vips = router?[group]?.vips else { return }
    let (begunAt, life) = (schedule.uptime, life)
    pair.cloud.localAddresses(of: networkInterfaceId, among: vips) { [self] addresses in
      guard router != nil, life == self.life else { return }
      let seen = hidesLosses(group) ? Set(vips) : addresses
      tell(
        group,
        seen.map { .localAddressesRead(begunAt: begunAt, addresses: $0) } ?? .localAddressesUnreadable)
    }
  }

  /// With the guard switched off a MASTER never learns that it has lost a VIP.
  private func hidesLosses(_ group: String) -> Bool {
    guard pair.fault == .noGuard, let group = router?[group] else { return false }
    return group.isMaster && group.claim?.outcome != nil
  }

  private func allHere(_ vips: [String]) -> [String: Holder] {
    Dictionary(
      uniqueKeysWithValues: vips.map { ($0, Holder(networkInterfaceId: networkInterfaceId)) })
  }
}

extension Event {
  /// The event in a few words.
  var text: String {
    switch self {
    case .assignAnswered(_, let answer): if case .success = answer.result { "accepted" } else { "refused" }
    case .holdersRead(_, let holders):
      "EC2: " + holders.map { "\($0)=\($1.networkInterfaceId)" }.sorted().joined(separator: " ")
    case .localAddressesRead(_, let addresses): "IMDS: " + addresses.sorted().joined(separator: " ")
    case .evidenceChanged(let evidence): "\(evidence)"
    case .claimRequested(let wish, let isForced): "claim \(wish.cause) \(wish.uptime.seconds) \(isForced)"
    case .standbyRequested(let wish): "standby \(wish.state) \(wish.cause) \(wish.uptime.seconds)"
    case .timePassed: "wakes"
    default: "\(self)"
    }
  }
}
