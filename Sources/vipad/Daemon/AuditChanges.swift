import Synchronization

/// Tells the daemon that the audit log changed; the log is there before the daemon is.
final class AuditChanges: Sendable {
  private let daemon = Mutex<Daemon?>(nil)

  func tell(_ daemon: Daemon) {
    self.daemon.withLock { $0 = daemon }
  }

  /// Called on the log's own thread.
  func notify() {
    guard let daemon = daemon.withLock({ $0 }) else { return }
    _ = daemon.start { await $0.noteAuditHealth() }
  }
}
