import FoundationEssentials

/// What the callers of the log, its writer and its syncer know in common; guarded by one mutex.
struct LogState {
  var pending: PendingRecords
  var isClosing = false
  /// Whether someone waits for the log to be opened, to whom a refusal can still be told.
  private var isStarting = true
  private var refusal: AuditError?
  var copies: (path: String?, dropped: UInt64) = (nil, 0)
  private(set) var openIntents: [AuditRecord]?
  private var chain: Chain?
  private var lost: UInt64 = 0
  private var writeFailure, syncFailure, warning: AuditError?
  private var writingSince, syncingSince: ContinuousClock.Instant?
  private var told: AuditHealth?

  init(pendingLimit: Int) { pending = PendingRecords(limit: pendingLimit) }

  /// Whether the writer should look again by itself.
  var hasTrouble: Bool { writeFailure != nil || syncFailure != nil || warning != nil }

  mutating func append(_ record: AuditRecord, _ ticket: AuditTicket) -> Bool {
    guard !isClosing, pending.append(record, ticket) else {
      lost += 1
      return false
    }
    return true
  }

  /// The log is open; its chain stands here.
  mutating func opened(_ chain: Chain, _ openIntents: [AuditRecord]) {
    self.chain = chain
    self.openIntents = openIntents
    (writeFailure, writingSince) = (nil, nil)
  }

  mutating func beginOpening() { writingSince = .now }

  /// Nobody waits for the log to be opened any more; gives the refusal, if that came first.
  mutating func endStarting() -> AuditError? {
    isStarting = false
    return refusal
  }

  /// Whether the log is given up because of an error that waiting does not heal and that can still be told.
  mutating func refuses(_ error: AuditError) -> Bool {
    guard isStarting, !error.mayHeal else { return false }
    refusal = error
    return true
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
    writingSince = nil
    pending.removeFirst()
  }

  /// The log wrote a record by itself.
  mutating func moved(_ chain: Chain) { (self.chain, writeFailure) = (chain, nil) }

  /// Gives up what is pending, at the end.
  mutating func giveUpPending() -> (records: [AuditRecord], lost: LostRecords?) {
    let given = pending.removeAll()
    lost += UInt64(given.records.count)
    return given
  }

  mutating func warn(_ warning: AuditError?) { self.warning = warning }

  /// Gives the tickets of those that now wait for a disk that fails.
  mutating func failedWriting(_ error: AuditError) -> [AuditTicket] {
    (writeFailure, writingSince) = (error, nil)
    return pending.ticketsToTell()
  }

  mutating func beginSyncing() { syncingSince = .now }

  /// What fdatasync said; true when that is news.
  mutating func synced(_ error: AuditError?) -> Bool {
    defer { (syncFailure, syncingSince) = (error, nil) }
    return syncFailure != error
  }

  /// How long until what is being written or synced counts as hanging; nil when nothing is.
  func untilHang(hangMilliseconds: Int) -> Duration? {
    let since = [writingSince, syncingSince].compactMap { $0 }.min()
    return since.map { .milliseconds(hangMilliseconds + 1) - $0.duration(to: .now) }
  }

  /// The health, if it is another than the one told last.
  mutating func news(hangMilliseconds: Int) -> AuditHealth? {
    let health = health(hangMilliseconds: hangMilliseconds)
    defer { told = health }
    return told == health ? nil : health
  }

  func health(hangMilliseconds: Int) -> AuditHealth {
    let reason = reason(hangMilliseconds)
    return AuditHealth(
      ok: reason == nil, reason: reason, seq: chain?.seq ?? 0, headHash: chain?.headHash ?? Chain.zeros,
      chainId: chain?.id ?? "", peerHead: chain?.peerHead?.head, peerHeadSeq: chain?.peerHead?.seq,
      copiesTo: copies.path, copiesDropped: copies.dropped, pending: pending.count, lost: lost)
  }

  private var waiting: String { pending.count > 0 ? "; \(pending.count) records wait in memory" : "" }

  private func reason(_ hangMilliseconds: Int) -> String? {
    if let writeFailure { return "\(writeFailure)\(waiting)" }
    if let error = syncFailure ?? warning { return error.description }
    let limit = Duration.milliseconds(hangMilliseconds)
    if let writingSince, writingSince.duration(to: .now) > limit {
      return "a write to the audit log hangs; check the disk\(waiting)"
    }
    if let syncingSince, syncingSince.duration(to: .now) > limit {
      return "fdatasync of the audit log hangs; check the disk"
    }
    return nil
  }
}
