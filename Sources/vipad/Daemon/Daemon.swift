import AWS
import Audit
import Dispatch
import Failover
import FoundationEssentials
import HTTPServer
import Logging

/// Carries out what the router's groups decide: sends to EC2, reads, writes the audit log, shows the state.
///
/// It runs on a thread of its own, as do the tasks it starts. It decides nothing itself: every result goes
/// back to its group as an event.
actor Daemon {
  /// What belongs to a group beside its state.
  struct Running {
    var options: GroupOptions
    /// The Assign on the wire.
    var sending: Task<Void, Never>?
    /// When that began; nil once it was answered.
    var sentAt: Uptime?
    /// Waits for the group's next moment.
    var timer: (at: Uptime, alarm: OwnThread.Alarm)?
    /// Callers that are answered once nothing is being cut.
    var awaitingSilence: [CheckedContinuation<Void, Never>] = []
    /// An Assign was sent since the start: what EC2 says now tells nothing of earlier claims.
    var hasSent = false
    /// The first read of EC2 was held against the log.
    var isReconciled = false
  }

  nonisolated let thread: OwnThread
  /// Where the log is read: on the disk, which may hang.
  nonisolated let logReading = DispatchQueue(label: "vipad log")
  nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe thread.asUnownedSerialExecutor() }
  nonisolated let clock = DaemonClock()
  nonisolated let board: ClaimBoard
  nonisolated let history: ClaimHistory
  nonisolated let snapshots: Snapshots

  let cloud: Cloud
  let log: AuditLog
  let witnesses: Witnesses
  let stateFile: StateFile
  let bootId: String
  let peer: PeerReader?
  let notifier: Notifier
  let logger: Logger
  let notification: ServiceNotification
  let startedAt: String
  var configuration: Configuration
  var router: Router
  var running: [String: Running] = [:]
  var pause: SavedState.Pause?
  var pauseTimer: OwnThread.Alarm?
  /// The instance that wrote the saved state; nil once that is known to be another one.
  var savedInstanceId: String?
  var actors: [String: AuditActor] = [:]
  var client: EC2Client?
  var identities: [String: Identity] = [:]
  /// What the kernel calls the first group's interface; nil where it does not know its MAC address.
  var interfaceName: String?
  /// Given when the identity is to be looked for anew.
  let wantsIdentity = Signal()
  var checks: Readiness
  var probe: AssignProbe
  /// Whether EC2 would let this router assign addresses, by interface.
  var assignRights: [String: Finding] = [:]
  /// Interfaces that have been asked about in this round.
  var probed: Set<String> = []
  /// The interfaces that EC2 has shown: this router's, and those that held a VIP.
  var interfacesSeen: [String: EC2NetworkInterface] = [:]
  /// Given when EC2 has shown them anew.
  let surveyed = Signal()
  /// The addresses that an interface of this instance may have; nil where EC2 did not say.
  var addressLimit: Int?
  var isAddressLimitAsked = false
  var endpointAddresses: HostAddresses?
  var auditRoom: LogRoom?
  /// What a delivery to the operator's webhook needs; nil without one.
  var webhookFinding: Finding?
  /// Given when it is to be looked at anew.
  let webhookChanged = Signal()
  /// The drill under way.
  var drilling: Task<Result<DrillDocument, DrillRefusal>, Never>?
  var ec2 = EC2Health()
  var isPublishing = false
  var awaitingPublication: [CheckedContinuation<Void, Never>] = []
  /// Claims whose intent the log has not taken yet: nothing else is to be done on this thread meanwhile.
  var intentsBeingWritten = 0
  /// Outcomes that are not shown to those who wait yet.
  var outcomes: [(claim: Claim, ticket: AuditTicket)] = []
  /// The two routers as one; nil where no other is configured.
  var pair: PairWatch?
  var readinessNews = ReadinessNews()
  var shown: StatusDocument?
  var shownWhoami: WhoamiDocument?
  /// The line of `systemctl status`.
  var shownLine = ""
  var background: [Task<Void, Never>] = []
  /// The audit log was opened: what it knew from before the start is known.
  var isLogOpen = false
  var peerHeads = PeerHeads()
  /// Why it can't be told whether the log goes on from a copy; nil where it can.
  var forkDoubt: String?
  var saidCopiesDropped: UInt64 = 0
  /// Intents without which their claims must not go on, under `onFailure = "refuse"`.
  var awaitedIntents: [String: AuditTicket] = [:]

  init(_ parts: DaemonParts, saved: SavedState?) throws {
    thread = parts.thread
    configuration = parts.configuration
    checks = Readiness(parts.configuration.readiness)
    checks.note(.running)
    probe = AssignProbe(
      period: parts.configuration.readiness.probePeriod, seed: .random(in: .min ... .max))
    cloud = parts.cloud
    log = parts.log
    board = parts.board
    history = parts.history
    witnesses = parts.witnesses
    stateFile = parts.stateFile
    bootId = parts.bootId
    peer = parts.peer
    notifier = parts.notifier
    pair = parts.configuration.peer.url.map { PairWatch(url: $0, at: Date.now) }
    logger = parts.logger
    notification = parts.notification
    startedAt = Date.now.rfc3339
    pause = saved?.pause
    savedInstanceId = saved?.instanceId
    router = Router(parts.configuration.groups.map { Group($0, parts.configuration, saved: saved) })
    for options in parts.configuration.groups { running[options.name] = Running(options: options) }
    snapshots = try Snapshots(
      status: .starting(parts.configuration, at: startedAt), whoami: .starting(at: startedAt))
  }

  /// Gives an event to a group and carries out what it wants; gives back what a caller is to be told.
  @discardableResult
  func handle(_ event: Event, for name: String, actor: AuditActor? = nil) -> Answer? {
    let generation = router[name]?.generation
    let effects = router.handle(event, for: name, at: DaemonClock.uptime())
    var told: Answer?
    for (group, effect) in effects {
      let answer = perform(effect, for: group, actor: actor)
      if group == name { told = told ?? answer }
    }
    if router[name]?.generation != generation { _ = start(priority: .utility) { await $0.saveState() } }
    for group in running.keys { schedule(group) }
    // What is to be sent goes first; whoever waits is told when /status says the same.
    publishSoon()
    return told
  }

  /// Shows the state once what is waiting on this thread is done, and no claim is about to be sent.
  func publishSoon() {
    guard !isPublishing, intentsBeingWritten == 0 else { return }
    isPublishing = true
    _ = start(priority: .utility) { await $0.publish() }
  }

  /// Comes back when `/status` shows what has happened so far: who paused reads that it is paused.
  func published() async {
    publishSoon()
    await withCheckedContinuation { awaitingPublication.append($0) }
  }

  /// Carries out one effect.
  private func perform(_ effect: Effect, for name: String, actor: AuditActor?) -> Answer? {
    switch effect {
    case .answer(let answer): return answer
    case .recordIntent(let claim): recordIntent(claim, actor: actor)
    case .sendAssign(let id, _, let vips): sendAssign(claimId: id, vips: vips, for: name)
    case .cutAssign: running[name]?.sending?.cancel()
    case .readHolders(let vips): readHolders(of: vips, for: name)
    case .readLocalAddresses: readLocalAddresses(for: name)
    case .refreshCredentials: refreshCredentials()
    case .findIdentity: findIdentitySoon()
    case .recordOutcome(let claim): recordOutcome(claim)
    case .recordConfirmed(let claim): recordConfirmed(claim)
    case .recordStandby(let transition, let generation, let reason):
      recordStandby(transition, generation: generation, reason: reason, group: name, actor: actor)
    case .recordStale(let transition, let reason, let claim):
      recordStale(transition, reason: reason, ended: claim, group: name, actor: actor)
    case .countHoldDown: cloud.tally.heldDown(name)
    }
    return nil
  }

  /// Sets the group's timer to its next moment.
  func schedule(_ name: String) {
    let moment = router.nextWakeAt(name, at: DaemonClock.uptime())
    guard running[name]?.timer?.at != moment else { return }
    if let timer = running[name]?.timer { thread.cancel(timer.alarm) }
    running[name]?.timer = moment.map { moment in
      let alarm = thread.after(moment - DaemonClock.uptime()) {
        _ = self.start { await $0.wake(name, at: moment) }
      }
      return (moment, alarm)
    }
  }

  private func wake(_ name: String, at moment: Uptime) {
    guard running[name]?.timer?.at == moment else { return }
    running[name]?.timer = nil
    // The machine or vipad may have stood still: who is MASTER comes before what is due.
    look()
    handle(.timePassed, for: name)
  }

  func resumeSilence(of name: String) {
    guard router[name]?.isCutting != true else { return }
    let waiting = running[name]?.awaitingSilence ?? []
    running[name]?.awaitingSilence = []
    for continuation in waiting { continuation.resume() }
  }

  /// Starts a task on the daemon's own thread.
  nonisolated func start(
    priority: TaskPriority? = nil, _ work: @escaping @Sendable (Daemon) async -> Void
  ) -> Task<Void, Never> {
    Task(executorPreference: thread, priority: priority) { await work(self) }
  }
}

extension Group {
  /// A group as configured, counting its generations on from before the restart.
  init(_ options: GroupOptions, _ configuration: Configuration, saved: SavedState?) {
    self.init(
      name: options.name, vips: options.vips, witness: Failover.Witness(options.witness),
      guardPeriod: .seconds(configuration.vrrp.guardSeconds), seed: .random(in: .min ... .max),
      generation: saved?.generations[options.name] ?? 0)
  }
}
