import Audit
import CLinux
import Dispatch
import FoundationEssentials
import Logging

/// The claims of before the start, from the audit log.
extension Daemon {
  /// Reads them off the daemon's thread, for the disk may hang; nothing waits for it.
  func loadHistory() {
    let (log, history, logger) = (log, history, logger)
    logReading.async {
      let begin = ContinuousClock.now
      do throws(AuditError) {
        let count = try Self.fill(history, from: log)
        let milliseconds = (begin.duration(to: .now) / .milliseconds(1)).inMicroseconds
        logger.info("history: \(count) claims of the audit log read in \(milliseconds) ms")
      } catch {
        logger.warning("history: claims of before the start are not shown: \(error)")
      }
      // What reading took is many times what is kept, and would stay with the process (malloc_trim(3)).
      malloc_trim(0)
    }
  }

  /// Gives back how many there were.
  private static func fill(_ history: ClaimHistory, from log: AuditLog) throws(AuditError) -> Int {
    let recorded = try log.lastClaims(ClaimHistory.kept)
    var shared = SharedTexts()
    history.fill(
      with: recorded.compactMap { KeptClaim(recorded: $0).map { shared.same($0) } })
    return recorded.count
  }
}

/// One copy of each text that many claims have.
private struct SharedTexts {
  private var texts: [String: String] = [:]
  private var lists: [[String]: [String]] = [:]

  mutating func same(_ claim: KeptClaim) -> KeptClaim {
    var claim = claim
    claim.networkInterfaceId = claim.networkInterfaceId.map { same($0) }
    claim.previousNetworkInterfaceId = claim.previousNetworkInterfaceId.map { same($0) }
    claim.errorCode = claim.errorCode.map { same($0) }
    claim.group = same(claim.group)
    claim.vips = lists[claim.vips] ?? keep(claim.vips)
    return claim
  }

  private mutating func same(_ text: String) -> String {
    if let known = texts[text] { return known }
    texts[text] = text
    return text
  }

  private mutating func keep(_ list: [String]) -> [String] {
    lists[list] = list
    return list
  }
}

extension KeptClaim {
  init?(recorded: RecordedClaim) {
    self.init(recorded.outcome, startedAt: recorded.startedAt)
    confirmedMilliseconds = Self.plausible(recorded.confirmedMilliseconds)
  }
}
