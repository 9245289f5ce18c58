import Audit
import Dispatch
import Logging

/// The claims of before the start, from the audit log.
extension Daemon {
  /// Reads them off the daemon's thread, for the disk may hang; nothing waits for it.
  func loadHistory() {
    let (log, history, logger) = (log, history, logger)
    DispatchQueue.global(qos: .utility).async {
      let begin = ContinuousClock.now
      do throws(AuditError) {
        let recorded = try log.lastClaims(ClaimHistory.kept)
        history.fill(with: recorded.compactMap(PastClaim.init(recorded:)))
        let milliseconds = (begin.duration(to: .now) / .milliseconds(1)).inMicroseconds
        logger.info("history: \(recorded.count) claims of the audit log read in \(milliseconds) ms")
      } catch {
        logger.warning("history: claims of before the start are not shown: \(error)")
      }
    }
  }
}

extension PastClaim {
  init?(recorded: RecordedClaim) {
    self.init(recorded.outcome, startedAt: recorded.startedAt)
    if let milliseconds = recorded.confirmedMilliseconds { confirm(afterMilliseconds: milliseconds) }
  }
}
