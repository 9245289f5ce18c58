import Audit
import Logging

/// What the daemon is made of.
struct DaemonParts {
  let configuration: Configuration
  let cloud: Cloud
  let log: AuditLog
  let board: ClaimBoard
  let witnesses: Witnesses
  let stateFile: StateFile
  let bootId: String
  let logger: Logger
  let notification: ServiceNotification
}
