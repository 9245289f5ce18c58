import AWS
import Audit
import FoundationEssentials
import Glibc
import HTTPServer
import Logging
import SystemPackage

/// The parts of the running daemon, made in the order they need one another, and ended in the reverse one.
final class DaemonProcess {
  private let configuration: Configuration
  private let log: AuditLog
  private let stateFile: StateFile
  private let board = ClaimBoard()
  private let history = ClaimHistory()
  private let groups: GroupNames
  private let daemon: Daemon
  private let logger = Logger(label: "vipad")
  private let notification: ServiceNotification
  private let notifier: Notifier
  private let environment: [String: String]
  private var socketListener: HTTPListener?
  private var loopback: LoopbackListener?
  private var token: Token?
  private var monitor: Monitor?
  private let metricsPage: MetricsPage
  private var watchdog: Watchdog?
  private let statusPage: StatusPage

  /// Opens the audit log and makes the daemon; nothing is sent and nobody is answered yet.
  init(_ configuration: Configuration, environment: [String: String]) throws {
    self.configuration = configuration
    self.environment = environment
    notification = try ServiceNotification(environment: environment)
    groups = GroupNames(configuration)
    var settings = AuditSettings(
      path: configuration.audit.path, bootId: try Self.bootId(),
      maximumBytes: configuration.audit.maximumBytes, keep: configuration.audit.keep)
    settings.hangMilliseconds = Daemon.intentPatienceMilliseconds
    settings.lossNotePath = "\(configuration.state.directory)/audit-losses"
    let changes = AuditChanges()
    log = try AuditLog(settings) { _ in changes.notify() }
    stateFile = StateFile(directory: configuration.state.directory)
    let thread = try OwnThread()
    let cloud = try Cloud(configuration, environment: environment, thread: thread)
    notifier = Notifier(environment: environment, tally: cloud.tally, logger: logger)
    let parts = DaemonParts(
      thread: thread, configuration: configuration, cloud: cloud, log: log,
      board: board, history: history, witnesses: try Witnesses(configuration, changed: Signal()),
      stateFile: stateFile, bootId: settings.bootId, peer: try configuration.peer.reader(),
      notifier: notifier,
      logger: logger, notification: notification)
    daemon = try Daemon(parts, saved: Self.saved(in: stateFile, logger))
    metricsPage = MetricsPage(
      snapshots: daemon.snapshots, tally: cloud.tally, credentials: cloud.credentials, skew: cloud.skew,
      log: log)
    statusPage = StatusPage(snapshots: daemon.snapshots, history: history)
    changes.tell(daemon)
  }

  /// Listens, says so, records the start and begins to find out what a claim needs.
  func start() throws {
    raiseDescriptorLimit()
    let rights = try SocketRights(configuration)
    // Whoever asks first sees the groups, as far as anything is known of them.
    daemon.answer { await $0.publish() }
    // First, since it fails where another daemon answers: that one's token must stay.
    try listenOnSocket(rights)
    if let tcp = configuration.server.listen { try listenOnLoopback(tcp, rights) }
    monitor = Monitor(configuration.monitor, answer: handler)
    renewMonitor()
    logger.notice("vipad \(Vipad.version) answers on \(configuration.server.socket)")
    try announce()
    log.append(AuditRecord(.started, at: Date.now))
    daemon.answer { await $0.beginBackground() }
  }

  /// Tells the service manager that the API answers, once it has, and begins to feed its watchdog.
  private func announce() throws {
    let socket = configuration.server.socket
    let probe = UnixAddress(socket).map { HealthProbe(address: $0, patience: .seconds(10)) }
    if let failure = probe?.failure() {
      throw ServiceNotificationError(description: "vipad's own API does not answer on \(socket): \(failure)")
    }
    tell(.ready)
    watchdog = Watchdog(
      environment: environment, socket: socket, daemon: daemon, notification: notification, logger: logger)
    watchdog?.start()
  }

  private func tell(_ message: ServiceNotification.Message) {
    do {
      try notification.send(message)
    } catch {
      logger.error("\(error)")
    }
  }

  /// Puts the groups of a configuration that was read anew in force; one with errors changes nothing.
  func reload(_ load: () throws -> Configuration) {
    tell(.reloading(monotonicMicroseconds: MonotonicWait.nowMicroseconds()))
    defer { tell(.ready) }
    do {
      let fresh = try load()
      let unchanged = daemon.answer { await $0.reload(fresh) }
      groups.follow(fresh)
      for section in unchanged { logger.warning("[\(section)] has changed: restart vipad for that to count") }
    } catch {
      logger.error("the configuration is not reloaded, the old one stays in force: \(error)")
      let reason = "\(error)"
      daemon.answer { await $0.configurationRefused(reason) }
    }
    renewToken()
    renewMonitor()
  }

  private func renewToken() {
    do {
      try token?.renew()
    } catch {
      logger.error("the token is not renewed, the old one stays in force: \(error)")
    }
  }

  /// A failover must not wait for what only watches: the daemon goes on without it.
  private func renewMonitor() {
    do {
      try monitor?.renew()
    } catch {
      logger.error("[monitor] does not listen anew; mend it, then systemctl reload vipad: \(error)")
    }
  }

  /// Gives up the claims, records the end and stops to listen.
  func stop() {
    tell(.stopping)
    watchdog?.stop()
    daemon.answer { await $0.withdrawAll() }
    log.append(AuditRecord(.stopped, at: Date.now))
    board.close()
    socketListener?.stop()
    loopback?.stop()
    monitor?.stop()
    notifier.stop()
    if !stateFile.settle(within: .seconds(1)) {
      logger.error("\(configuration.state.directory) hangs: a pause may be forgotten")
    }
    if !log.close() { logger.error("not all of the audit log is on the disk: \(log.health.reason ?? "")") }
  }

  private func raiseDescriptorLimit() {
    guard let limit = DescriptorLimit.raise() else { return }
    logger.warning(
      "only \(limit) descriptors may be open, and a flood of connections takes more: set LimitNOFILE=\(DescriptorLimit.wanted) for this service"
    )
  }

  private func listenOnSocket(_ rights: SocketRights) throws {
    let settings = ListenerSettings(
      endpoint: .unix(
        path: configuration.server.socket, permissions: rights.permissions, groupId: rights.group.id))
    let board = board
    socketListener = try HTTPListener(
      settings, onStop: { board.close() }, handler: handler(Access(.socket(rights))))
  }

  private func listenOnLoopback(_ endpoint: TCPEndpoint, _ rights: SocketRights) throws {
    let token = try Token(path: configuration.server.tokenFile, groupId: rights.group.id)
    self.token = token
    let board = board
    let loopback = LoopbackListener(
      endpoint, daemon: daemon, logger: logger, onStop: { board.close() },
      handler: handler(Access(.loopback(token, port: endpoint.port))))
    self.loopback = loopback
    loopback.start()
  }

  /// What a listener answers with, by what it lets whom ask.
  private func handler(_ access: Access) -> @Sendable (HTTPRequest) -> HTTPResponse {
    let routes = Routes(
      daemon: daemon, board: board, snapshots: daemon.snapshots, metricsPage: metricsPage,
      statusPage: statusPage, history: history, log: log, groups: groups, waiters: WaiterLimit(),
      longAnswers: LongAnswers(), access: access)
    return { routes.answer($0) }
  }

  /// What was saved before the restart; what can't be read is as good as nothing, and said so.
  private static func saved(in file: StateFile, _ logger: Logger) -> SavedState? {
    do {
      return try file.read()
    } catch {
      logger.error("the state of before the restart is ignored: \(error)")
      return nil
    }
  }

  /// The machine's boot, as the kernel names it (random(4)).
  private static func bootId() throws -> String {
    let file = try FileDescriptor.open(FilePath("/proc/sys/kernel/random/boot_id"), .readOnly)
    return try file.closeAfter {
      let text = try unsafe [UInt8](unsafeUninitializedCapacity: 36) { buffer, count in
        count = try unsafe file.read(into: UnsafeMutableRawBufferPointer(buffer))
      }
      return String(decoding: text, as: UTF8.self)
    }
  }
}
