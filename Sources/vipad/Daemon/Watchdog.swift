import CLinux
import Dispatch
import Glibc
import Logging
import Synchronization

/// Feeds the service manager's watchdog (WatchdogSec= of systemd.service(5)) while vipad makes progress.
///
/// Not by a timer: before each message a request over the Unix socket must be answered, through the listener, a new
/// connection and its thread, and the daemon must have taken an event and have no Assign on the wire that should
/// have ended long ago. After a failure the next try comes in a second; if none succeeds in time, systemd ends
/// vipad and starts it anew.
final class Watchdog: Sendable {
  /// How long each part may take to answer.
  private static let patience = Duration.seconds(4)
  private static let pauseAfterFailure = Duration.seconds(1)

  private let daemon: Daemon
  private let api: UnixAddress
  private let notification: ServiceNotification
  private let logger: Logger
  private let interval: Duration
  private let end = MonotonicWait()
  private let ended = DispatchSemaphore(value: 0)

  /// Nil where no watchdog waits for this process (`WATCHDOG_USEC` and `WATCHDOG_PID`, sd_watchdog_enabled(3)).
  init?(
    environment: [String: String], socket: String, daemon: Daemon, notification: ServiceNotification,
    logger: Logger
  ) {
    guard let microseconds = environment["WATCHDOG_USEC"].flatMap(Int64.init), microseconds > 0,
      environment["WATCHDOG_PID"].map({ $0 == String(getpid()) }) ?? true, let api = UnixAddress(socket)
    else { return nil }
    self.daemon = daemon
    self.api = api
    self.notification = notification
    self.logger = logger
    // Half of it, as sd_watchdog_enabled(3) recommends.
    interval = .microseconds(microseconds / 2)
  }

  /// Begins to feed.
  func start() {
    DispatchQueue(label: "watchdog").async {
      self.run()
      self.ended.signal()
    }
  }

  /// Ends it and waits until it has ended.
  func stop() {
    end.signal()
    ended.wait()
  }

  private func run() {
    var pause = interval
    while !end.wait(atMost: pause) {
      pause = feed() ? interval : Self.pauseAfterFailure
    }
  }

  private func feed() -> Bool {
    do {
      try check()
      try notification.send(.alive)
      return true
    } catch {
      logger.error("the watchdog is not fed: \(error)")
      return false
    }
  }

  /// - Throws: `ServiceNotificationError`, which says what stands still.
  private func check() throws(ServiceNotificationError) {
    guard let isClaiming = answerOfDaemon() else {
      throw ServiceNotificationError(description: "the daemon's thread takes no events")
    }
    guard isClaiming else {
      throw ServiceNotificationError(description: "an Assign does not end")
    }
    if let failure = HealthProbe(address: api, patience: Self.patience).failure() {
      throw ServiceNotificationError(
        description: "GET /healthz is not answered on the Unix socket: \(failure)")
    }
  }

  /// What the daemon says of its claims; nil where it does not answer in time.
  private func answerOfDaemon() -> Bool? {
    let reply = Reply()
    _ = daemon.start { reply.give(await !$0.hasOverdueAssign()) }
    return reply.take(within: Self.patience)
  }
}

/// One value that a thread waits for, but not for ever.
private final class Reply: Sendable {
  private let value = Mutex<Bool?>(nil)
  private let arrival = MonotonicWait()

  func give(_ given: Bool) {
    value.withLock { $0 = given }
    arrival.signal()
  }

  func take(within patience: Duration) -> Bool? {
    _ = arrival.wait(atMost: patience)
    return value.withLock { $0 }
  }
}
