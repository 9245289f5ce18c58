import Failover

/// Two routers, the link between them, EC2, and what goes wrong: one run, from one seed.
final class Pair {
  let schedule = Schedule()
  let chance: Chance
  let link = Link()
  let cloud: Cloud
  let fault: Fault?
  let witness: Witness
  let groups: [(name: String, vips: [String])]
  private(set) var daemons: [Daemon] = []
  private(set) lazy var referee = Referee(self)
  /// Told of each step, in a line.
  var trace: ((String) -> Void)?

  /// How likely a hook is lost or late; how long a late one takes.
  var hookTrouble = 0.0
  private let endsAt: Double

  init(seed: UInt64, fault: Fault? = nil) {
    chance = Chance(seed: seed)
    cloud = Cloud(schedule, chance)
    self.fault = fault
    witness = chance.happens(0.7) ? .kernel : .hook
    let groups = [("inside", ["10.0.0.10", "10.0.0.11"]), ("outside", ["10.0.1.10"])]
    self.groups = chance.happens(0.3) ? groups : [groups[chance.number(0...1)]]
    endsAt = schedule.now + 240
    let preempts = chance.happens(0.7)
    let a = Keepalived("A", priority: 200, preempts: preempts, schedule, link)
    let b = Keepalived("B", priority: chance.happens(0.8) ? 100 : 199, preempts: preempts, schedule, link)
    (a.peer, b.peer) = (b, a)
    daemons = [Daemon(a, self), Daemon(b, self)]
    for daemon in daemons { connect(daemon) }
  }

  /// Runs to the end or to the first violation, which it returns.
  func run() -> String? {
    for daemon in daemons {
      let (first, second) = (chance.seconds(0...3), chance.seconds(0...3))
      schedule.after(first) { daemon.keepalived.start() }
      schedule.after(second) { self.startDaemon(daemon) }
    }
    planTroubles(until: endsAt - 80)
    lookEachSecond()
    schedule.run(until: endsAt) { referee.violation == nil }
    let violation = referee.violation
    // What waits for something that will not come holds on to the daemons, as they do to this pair.
    schedule.clear()
    for daemon in daemons { daemon.crash() }
    daemons = []
    return violation
  }

  func startDaemon(_ daemon: Daemon) {
    guard daemon.router == nil else { return }
    referee.disturbed(for: 1)
    referee.processStarted(daemon.name)
    daemon.start()
  }

  private func lookEachSecond() {
    if cloud.metadataTrouble != nil { referee.metadataDisturbed() }
    if cloud.readsFail { referee.readsDisturbed(for: 60) }
    if cloud.readsFail || cloud.assignTrouble != nil { referee.disturbed(for: Referee.slowestPace) }
    referee.looks()
    schedule.after(1) { [self] in lookEachSecond() }
  }

  // MARK: The wires

  private func connect(_ daemon: Daemon) {
    let keepalived = daemon.keepalived
    keepalived.changed = { [unowned self, unowned daemon, unowned keepalived] in
      trace?("\(daemon.name) keepalived \(keepalived.process) \(keepalived.state)")
      referee.disturbed()
      daemon.evidenceMayHaveChanged()
    }
    keepalived.notify = { [unowned self, unowned daemon] state in runHook(of: daemon, state) }
    cloud.moved = { [unowned self] networkInterfaceId, wasCut in
      let mover = daemons.first { $0.networkInterfaceId == networkInterfaceId }
      if wasCut || mover?.keepalived.isMaster != true { referee.disturbed() }
    }
  }

  /// Scripts are forked and not awaited: they overlap, come late, come in another order, or not at all.
  private func runHook(of daemon: Daemon, _ state: VRRPState) {
    let moment = schedule.uptime
    if chance.happens(hookTrouble / 2) { return }
    let delay = chance.happens(hookTrouble) ? chance.seconds(0.1...12) : chance.seconds(0.004...0.08)
    schedule.after(delay) { self.deliver(state, moment, to: daemon, tries: 60) }
  }

  /// A daemon that is not there yet is tried again for a minute.
  private func deliver(_ state: VRRPState, _ moment: Uptime, to daemon: Daemon, tries: Int) {
    guard daemon.router == nil else {
      if witness == .hook || state != .master { referee.disturbed() }
      return daemon.hook(state, at: moment)
    }
    guard tries > 0 else { return }
    schedule.after(1) { self.deliver(state, moment, to: daemon, tries: tries - 1) }
  }
}
