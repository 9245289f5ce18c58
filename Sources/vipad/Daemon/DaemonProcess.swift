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
  private let board = ClaimBoard()
  private let history = ClaimHistory()
  private let groups: GroupNames
  private let daemon: Daemon
  private let logger = Logger(label: "vipad")
  private var listeners: [HTTPListener] = []
  private let metricsPage: MetricsPage
  private let statusPage: StatusPage

  /// Opens the audit log and makes the daemon; nothing is sent and nobody is answered yet.
  init(_ configuration: Configuration, environment: [String: String]) throws {
    self.configuration = configuration
    groups = GroupNames(configuration)
    var settings = AuditSettings(
      path: configuration.audit.path, bootId: try Self.bootId(),
      maximumBytes: configuration.audit.maximumBytes, keep: configuration.audit.keep)
    settings.hangMilliseconds = Daemon.intentPatienceMilliseconds
    let changes = AuditChanges()
    log = try AuditLog(settings) { _ in changes.notify() }
    let stateFile = StateFile(directory: configuration.state.directory)
    let cloud = try Cloud(configuration, environment: environment)
    let parts = DaemonParts(
      configuration: configuration, cloud: cloud, log: log,
      board: board, history: history, witnesses: try Witnesses(configuration, changed: Signal()),
      stateFile: stateFile,
      bootId: settings.bootId, peer: try configuration.peer.reader(), logger: logger)
    daemon = try Daemon(parts, saved: Self.saved(in: stateFile, logger))
    metricsPage = MetricsPage(
      snapshots: daemon.snapshots, tally: cloud.tally, credentials: cloud.credentials, skew: cloud.skew,
      log: log)
    statusPage = StatusPage(snapshots: daemon.snapshots, history: history)
    changes.tell(daemon)
  }

  /// Listens, records the start and begins to find out what a claim needs.
  func start() throws {
    let rights = Access.SocketRights(userId: geteuid(), groupId: try SocketGroup.id(for: configuration))
    var token: Token?
    if let tcp = configuration.server.listen {
      token = try Token(path: configuration.server.tokenFile, groupId: rights.groupId)
      try listen(
        .tcp(address: tcp.address, port: tcp.port), Access(token: token, rights: rights), port: tcp.port)
    }
    try listen(
      .unix(path: configuration.server.socket, permissions: 0o660, groupId: rights.groupId),
      Access(token: token, rights: rights), port: nil)
    log.append(AuditRecord(.started, at: Date.now))
    daemon.answer { await $0.beginBackground() }
    logger.notice("vipad \(Vipad.version) answers on \(configuration.server.socket)")
  }

  /// Puts the groups of a configuration that was read anew in force; one with errors changes nothing.
  func reload(_ load: () throws -> Configuration) {
    do {
      let fresh = try load()
      let unchanged = daemon.answer { await $0.reload(fresh) }
      groups.follow(fresh)
      for section in unchanged { logger.warning("[\(section)] has changed: restart vipad for that to count") }
    } catch {
      logger.error("the configuration is not reloaded, the old one stays in force: \(error)")
    }
  }

  /// Gives up the claims, records the end and stops to listen.
  func stop() {
    daemon.answer { await $0.withdrawAll() }
    log.append(AuditRecord(.stopped, at: Date.now))
    board.close()
    for listener in listeners { listener.stop() }
    if !log.close() { logger.error("not all of the audit log is on the disk: \(log.health.reason ?? "")") }
  }

  private func listen(_ endpoint: ListenerSettings.Endpoint, _ access: Access, port: UInt16?) throws {
    let routes = Routes(
      daemon: daemon, board: board, snapshots: daemon.snapshots, metricsPage: metricsPage,
      statusPage: statusPage, history: history, log: log, groups: groups, waiters: WaiterLimit(),
      access: access, port: port)
    let board = board
    listeners.append(
      try HTTPListener(ListenerSettings(endpoint: endpoint), onStop: { board.close() }) { routes.answer($0) })
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
