import Audit
import Dispatch
import FoundationEssentials
import Logging

/// What the peer's /status says of the two routers' audit logs.
struct PeerAudit: Sendable, Equatable {
  /// Where the peer's own chain ends.
  var head: AuditChainHead
  /// Where the peer last noted that ours ends, and in which of its records; nil where it has not.
  var noted: AuditChainHead?
  var notedSeq: UInt64?
}

extension PeerAudit {
  /// Nil where the other vipad has no chain yet, or does not tell.
  init?(_ audit: RouterPicture.Audit) {
    guard let chainId = audit.chainId, !chainId.isEmpty, audit.seq > 0 else { return nil }
    self.init(
      head: AuditChainHead(chainId: chainId, seq: audit.seq, hash: audit.headHash),
      noted: audit.peerHead.map { AuditChainHead(chainId: $0.chainId, seq: $0.seq, hash: $0.headHash) },
      notedSeq: audit.peerHead?.recordedAs)
  }
}

/// Each router writes down where the other's chain ends, and looks whether its own is the one that others know.
extension Daemon {
  /// The audit log tells that its health or its head changed.
  func noteAuditHealth() {
    let health = log.health
    checks.note(
      .audit(isWritten: health.ok, reason: health.reason, room: auditRoom).butFor(forkDoubt))
    warnOfDroppedCopies(health)
    if !isLogOpen, !health.chainId.isEmpty {
      isLogOpen = true
      background.append(start { await $0.recover() })
      lookForFork { log throws(AuditError) in try log.forkByJournal() }
    }
    publishSoon()
  }

  /// Takes what was read from the peer just now: its head into the log, and what it knows of ours.
  func peerSeen(_ peer: PeerAudit) {
    guard isLogOpen else { return }
    if let record = peerHeads.record(of: peer.head, ownHeadSeq: peer.notedSeq, known: log.health.peerHead) {
      log.append(record)
    }
    guard let noted = peer.noted, peerHeads.shallCompare(noted) else { return }
    lookForFork { log throws(AuditError) in try log.fork(by: noted, toldBy: "the peer saw") }
  }

  // The log is read on the disk, which may hang, and the journal by a program that takes its time.
  private func lookForFork(_ look: @escaping @Sendable (AuditLog) throws(AuditError) -> AuditRecord?) {
    let log = log
    logReading.async {
      let found = Result { () throws(AuditError) in try look(log) }
      _ = self.start { await $0.forkLookedFor(found) }
    }
  }

  private func forkLookedFor(_ found: Result<AuditRecord?, AuditError>) {
    switch found {
    case .failure(let error):
      let doubt = "whether it has forked can't be told: \(error)"
      journal("the audit log: \(doubt)", level: .error)
      forkDoubt = doubt
      noteAuditHealth()
    case .success(let record?):
      log.append(record)
      journal("the audit log has forked: \(record.detail ?? "")", level: .error)
    case .success(nil): break
    }
  }

  // Said at the first, the second, the fourth: what does not take the copies may not take many words either.
  private func warnOfDroppedCopies(_ health: AuditHealth) {
    guard health.copiesDropped > 0, health.copiesDropped >= 2 * saidCopiesDropped else { return }
    saidCopiesDropped = health.copiesDropped
    journal(
      "\(health.copiesDropped) audit records have no second copy: "
        + "\(health.copiesTo ?? "the journal") does not take them", level: .warning)
  }
}
