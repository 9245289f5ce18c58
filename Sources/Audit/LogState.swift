import FoundationEssentials

/// What the callers of the log, its writer and its syncer know in common; guarded by one mutex.
struct LogState {
  var pending: PendingRecords
  var isClosing = false
  var openIntents: [AuditRecord] = []
  private var seq: UInt64 = 0
  private var headHash = Chain.zeros
  private var chainId = ""
  private var lost: UInt64 = 0
  private var writeFailure, syncFailure, warning: AuditError?
  private var writingSince: ContinuousClock.Instant?

  init(pendingLimit: Int) { pending = PendingRecords(limit: pendingLimit) }

  /// Whether the writer should look again by itself.
  var hasTrouble: Bool { writeFailure != nil || syncFailure != nil }

  mutating func append(_ record: AuditRecord, _ ticket: AuditTicket) -> Bool {
    guard !isClosing, pending.append(record, ticket) else {
      lost += 1
      return false
    }
    return true
  }

  /// The log is open; its chain stands here.
  mutating func opened(_ chain: Chain, _ openIntents: [AuditRecord]) {
    moved(chain)
    self.openIntents = openIntents
    writeFailure = nil
  }

  mutating func beginWriting(at now: Date) -> (AuditRecord, AuditTicket)? {
    let next = pending.first(at: now)
    if next != nil { writingSince = .now }
    return next
  }

  /// The first pending record is in the file.
  mutating func wrote(_ chain: Chain, warning: AuditError?) {
    moved(chain)
    self.warning = warning
    (writeFailure, writingSince) = (nil, nil)
    pending.removeFirst()
  }

  mutating func moved(_ chain: Chain) { (seq, headHash, chainId) = (chain.seq, chain.headHash, chain.id) }

  mutating func failedWriting(_ error: AuditError) { (writeFailure, writingSince) = (error, nil) }

  /// What fdatasync said; true when that is news.
  mutating func synced(_ error: AuditError?) -> Bool {
    defer { syncFailure = error }
    return syncFailure != error
  }

  func health(hangMilliseconds: Int) -> AuditHealth {
    let reason = reason(hangMilliseconds)
    return AuditHealth(
      ok: reason == nil, reason: reason, seq: seq, headHash: headHash, chainId: chainId,
      pending: pending.count, lost: lost)
  }

  private func reason(_ hangMilliseconds: Int) -> String? {
    if let error = writeFailure ?? syncFailure ?? warning { return error.description }
    guard let writingSince, writingSince.duration(to: .now) > .milliseconds(hangMilliseconds) else {
      return nil
    }
    return "a write to the audit log hangs; check the disk"
  }
}
