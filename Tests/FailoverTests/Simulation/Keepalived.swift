import Failover

/// The way between the two routers, each direction by itself.
final class Link {
  var isOpen: [String: Bool] = [:]

  func isOpen(from name: String) -> Bool { isOpen[name] ?? true }
  var isWhole: Bool { isOpen.values.allSatisfy(\.self) }
}

/// keepalived's VRRP on one router, by its rules (RFC 9568, section 6, and what 2.2.7 was measured to do).
///
/// Every instance starts in BACKUP; a clean stop says so with priority 0 and takes the address off; a kill
/// leaves the address on the interface; a stopped process leaves all as it is.
final class Keepalived {
  enum Process: Equatable {
    case running, stopped, dead
  }

  static let advertInterval = 1.0

  let name: String
  var priority: Int
  let preempts: Bool
  private(set) var process = Process.dead
  /// Since when the process is what it is.
  private(set) var processSince = 0.0
  private(set) var startedAt = 0.0
  private(set) var state = VRRPState.stop
  private(set) var isLinkUp = true
  /// When the VIPs were put onto the interface; nil: they are not there.
  private(set) var addressSince: Double?
  /// Something that vipad can see has changed.
  var changed: () -> Void = {}
  /// keepalived runs its script.
  var notify: (VRRPState) -> Void = { _ in }
  /// The other router's.
  weak var peer: Keepalived?

  private let schedule: Schedule
  private let link: Link
  private var masterDownAt = Double.infinity
  private var masterDownCheckIsPlanned = false
  private var advertSeries = 0

  init(_ name: String, priority: Int, preempts: Bool, _ schedule: Schedule, _ link: Link) {
    (self.name, self.priority, self.preempts) = (name, priority, preempts)
    (self.schedule, self.link) = (schedule, link)
  }

  var isMaster: Bool { process == .running && state == .master }
  private var skew: Double { Double(256 - priority) / 256 * Self.advertInterval }
  private var masterDownInterval: Double { 3 * Self.advertInterval + skew }

  // MARK: What is done to it

  func start() {
    guard process == .dead else { return }
    become(.running)
    startedAt = schedule.now
    addressSince = nil
    enter(isLinkUp ? .backup : .fault)
  }

  func stop() {
    guard process == .running else { return }
    if state == .master { send(priority: 0) }
    addressSince = nil
    enter(.stop)
    become(.dead)
  }

  func kill() {
    guard process != .dead else { return }
    become(.dead)
    state = .stop
    changed()
  }

  func freeze() {
    guard process == .running else { return }
    become(.stopped)
    changed()
  }

  func thaw() {
    guard process == .stopped else { return }
    become(.running)
    if !isLinkUp, state != .fault { return enter(.fault) }
    if isLinkUp, state == .fault { return enter(.backup) }
    if state == .master { advertise() }
    if state == .backup { watchForMaster() }
    changed()
  }

  func setLink(isUp: Bool) {
    guard isLinkUp != isUp else { return }
    isLinkUp = isUp
    guard process == .running else { return changed() }
    enter(isUp ? .backup : .fault)
  }

  // MARK: VRRP

  private func become(_ process: Process) {
    self.process = process
    processSince = schedule.now
  }

  private func enter(_ state: VRRPState) {
    self.state = state
    advertSeries += 1
    addressSince = state == .master ? schedule.now : nil
    if state == .backup { masterDownAt = schedule.now + masterDownInterval }
    if state == .backup { watchForMaster() }
    if state == .master { advertise() }
    changed()
    notify(state)
  }

  private func watchForMaster() {
    guard !masterDownCheckIsPlanned else { return }
    masterDownCheckIsPlanned = true
    schedule.at(masterDownAt) { [self] in
      masterDownCheckIsPlanned = false
      guard process == .running, state == .backup else { return }
      if schedule.now < masterDownAt { return watchForMaster() }
      enter(.master)
    }
  }

  private func advertise() {
    advertSeries += 1
    continueAdverts(advertSeries)
  }

  private func continueAdverts(_ series: Int) {
    guard series == advertSeries, isMaster else { return }
    send(priority: priority)
    schedule.after(Self.advertInterval) { [self] in continueAdverts(series) }
  }

  private func send(priority: Int) {
    guard isLinkUp, link.isOpen(from: name), let peer, peer.isLinkUp else { return }
    schedule.after(0.001) { peer.receive(priority: priority) }
  }

  private func receive(priority other: Int) {
    guard process == .running, isLinkUp else { return }
    switch state {
    case .backup:
      if other == 0 {
        masterDownAt = schedule.now + skew
        masterDownCheckIsPlanned = false
        watchForMaster()
      } else if other >= priority || !preempts {
        masterDownAt = schedule.now + masterDownInterval
      }
    case .master where other > priority: enter(.backup)
    case .master where other > 0: notify(.master)
    default: break
    }
  }
}
