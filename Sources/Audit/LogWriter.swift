import Dispatch
import Synchronization

/// The thread that writes: takes records from memory in their order, and keeps at it while the disk fails.
///
/// What may block is behind `chainWriter`, which only that thread locks; what others look at is behind `state`,
/// which is never held during a system call. So a hanging disk holds up nobody.
final class LogWriter: Sendable {
  private let names: SegmentNames
  private let settings: AuditSettings
  private let onChange: @Sendable (AuditHealth) -> Void
  private let state: Mutex<LogState>
  private let chainWriter = Mutex<ChainWriter?>(nil)
  private let syncer = SegmentSyncer()
  private let bell = DispatchSemaphore(value: 0)
  private let ended = DispatchSemaphore(value: 0)

  init(
    _ names: SegmentNames, _ settings: AuditSettings, onChange: @escaping @Sendable (AuditHealth) -> Void
  ) {
    self.names = names
    self.settings = settings
    self.onChange = onChange
    state = Mutex(LogState(pendingLimit: settings.pendingLimit))
  }

  /// Opens the log and starts the threads; a disk that fails now is tried again later.
  func start() throws(AuditError) {
    do throws(AuditError) {
      try chainWriter.withLock { writer throws(AuditError) in _ = try opened(&writer) }
    } catch {
      guard error.mayHeal else { throw error }
      state.withLock { $0.failedWriting(error) }
    }
    try syncer.start { self.synced($0) }
    try startThread { self.run() }
  }

  var health: AuditHealth { state.withLock { $0.health(hangMilliseconds: settings.hangMilliseconds) } }

  var openIntents: [AuditRecord] { state.withLock { $0.openIntents } }

  func append(_ record: AuditRecord) -> AuditTicket {
    let ticket = AuditTicket()
    if state.withLock({ $0.append(record, ticket) }) { bell.signal() } else { ticket.end() }
    return ticket
  }

  /// Has the threads end once they have tried to write what is pending.
  func finish() {
    state.withLock { $0.isClosing = true }
    bell.signal()
  }

  /// Waits for the threads to end after `finish`; whether they did and everything is on the disk.
  func hasEnded(before deadline: DispatchTime) -> Bool {
    guard ended.wait(timeout: deadline) == .success, syncer.hasEnded(before: deadline) else { return false }
    chainWriter.withLock { $0?.releaseLock() }
    return health.ok && health.pending == 0
  }

  private func run() {
    var isClosing = false
    var known = health
    while !isClosing {
      waitForWork()
      isClosing = state.withLock { $0.isClosing }
      writePending()
      leaveUnsoundSegment()
      if health != known { onChange(health) }
      known = health
    }
    for ticket in state.withLock({ $0.pending.removeAll() }) { ticket.end() }
    syncer.finish()
    ended.signal()
  }

  private func waitForWork() {
    if state.withLock({ $0.hasTrouble }) {
      _ = bell.wait(timeout: .now() + .milliseconds(settings.retryMilliseconds))
    } else {
      bell.wait()
    }
  }

  private func writePending() {
    while let (record, ticket) = state.withLock({ $0.beginWriting(at: settings.now()) }) {
      guard write(record, ticket) else { return }
    }
  }

  // False when the disk did not take the record, which then stays where it is.
  private func write(_ record: AuditRecord, _ ticket: AuditTicket) -> Bool {
    do throws(AuditError) {
      try chainWriter.withLock { writer throws(AuditError) in
        var open = try opened(&writer)
        defer { writer = open }
        try open.write(record)
        state.withLock { $0.wrote(open.chain, warning: open.warning) }
        ticket.advance(to: .written)
        if let segment = open.segment { syncer.enqueue(segment, ticket) }
      }
      return true
    } catch {
      state.withLock { $0.failedWriting(error) }
      return false
    }
  }

  private func opened(_ writer: inout ChainWriter?) throws(AuditError) -> ChainWriter {
    if let writer { return writer }
    let opening = try LogOpening(names)
    let new = ChainWriter(opening, names, settings)
    writer = new
    state.withLock { $0.opened(opening.chain, opening.openIntents) }
    return new
  }

  // A new segment heals a failed fdatasync even when no record comes.
  private func leaveUnsoundSegment() {
    chainWriter.withLock { writer in
      guard var open = writer else { return }
      defer { writer = open }
      do throws(AuditError) {
        guard try open.leaveUnsoundSegment(), let segment = open.segment else { return }
        state.withLock { $0.moved(open.chain) }
        syncer.enqueue(segment, nil)
      } catch {
        state.withLock { $0.failedWriting(error) }
      }
    }
  }

  private func synced(_ error: AuditError?) {
    let isNew = state.withLock { $0.synced(error) }
    if isNew { bell.signal() }
  }
}
