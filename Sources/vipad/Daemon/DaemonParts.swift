import Audit
import Logging

/// What the daemon is made of.
struct DaemonParts {
  let thread: OwnThread
  let configuration: Configuration
  let cloud: Cloud
  let log: AuditLog
  let board: ClaimBoard
  let history: ClaimHistory
  let witnesses: Witnesses
  let stateFile: StateFile
  let bootId: String
  /// Reads the other router; nil where none is configured.
  let peer: PeerReader?
  let notifier: Notifier
  let logger: Logger
  let notification: ServiceNotification
}
