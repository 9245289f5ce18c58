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
  private let journal: Mutex<JournalSocket>
  private let syncer = SegmentSyncer()
  private let watch = HangWatch()
  private let bell = DispatchSemaphore(value: 0)
  private let firstTry = DispatchSemaphore(value: 0)
  private let ended = DispatchSemaphore(value: 0)

  init(
    _ names: SegmentNames, _ settings: AuditSettings, onChange: @escaping @Sendable (AuditHealth) -> Void
  ) {
    self.names = names
    self.settings = settings
    self.onChange = onChange
    state = Mutex(LogState(pendingLimit: settings.pendingLimit))
    journal = Mutex(JournalSocket(settings.journal))
  }

  /// Starts the threads, which open the log; a disk that fails or hangs is not waited for.
  func start() throws(AuditError) {
    noteCopies()
    try watch.start(untilHang: { self.untilHang() }, look: { self.tellIfChanged() })
    try syncer.start(begin: { self.beginSyncing() }, report: { self.synced($0) })
    try startThread { self.run() }
    _ = firstTry.wait(timeout: .now() + .milliseconds(settings.openMilliseconds))
    if let refusal = state.withLock({ $0.endStarting() }) { throw refusal }
  }

  var health: AuditHealth { state.withLock { $0.health(hangMilliseconds: settings.hangMilliseconds) } }

  /// Nil until the log is open.
  var openIntents: [AuditRecord]? { state.withLock { $0.openIntents } }

  func append(_ record: AuditRecord) -> AuditTicket {
    let ticket = AuditTicket()
    if state.withLock({ $0.append(record, ticket) }) {
      bell.signal()
    } else {
      ticket.end()
      _ = journal.withLock { $0.sendUnwritten(record, bootId: settings.bootId, mayWait: false) }
    }
    return ticket
  }

  /// Has the threads end once they have tried to write what is pending.
  func finish() {
    state.withLock { $0.isClosing = true }
    bell.signal()
  }

  /// Waits for the threads to end after `finish`; whether they did and everything is on the disk.
  ///
  /// What a hanging disk keeps them from is given up when the time is over; that may take 1 s more.
  func hasEnded(before deadline: DispatchTime) -> Bool {
    guard ended.wait(timeout: deadline) == .success else {
      giveUpAfterHang()
      return false
    }
    guard syncer.hasEnded(before: deadline) else { return false }
    chainWriter.withLock { writer in
      writer?.releaseLock()
      writer = nil
    }
    return health.ok && health.pending == 0
  }

  private func run() {
    let isOpen = open()
    firstTry.signal()
    var isClosing = !isOpen
    tellIfChanged()
    while !isClosing {
      waitForWork()
      isClosing = state.withLock { $0.isClosing }
      if writePending() { mend() }
      tellIfChanged()
    }
    giveUpPending("vipad was stopped while the disk failed")
    syncer.finish()
    watch.finish()
    journal.withLock { $0.close() }
    ended.signal()
  }

  // The note first: it is the shortest, and what the next start goes by.
  private func giveUpPending(_ reason: String) {
    let (records, lost) = state.withLock { $0.giveUpPending() }
    guard let lost else { return }
    // Where no disk takes even that, the journal has the records and `close` says that something is missing.
    try? settings.lossNote?.add(lost.words(reason))
    journal.withLock { journal in
      var mayWait = true
      for record in records {
        mayWait = journal.sendUnwritten(record, bootId: settings.bootId, mayWait: mayWait) && mayWait
      }
    }
  }

  // On a thread of its own, for the note's disk may hang as well.
  private func giveUpAfterHang() {
    let done = DispatchSemaphore(value: 0)
    try? startThread {
      self.giveUpPending("vipad was stopped while the disk hung; the first may be there all the same")
      done.signal()
    }
    _ = done.wait(timeout: .now() + .seconds(1))
  }

  // False when the log can't be had and the one who starts it is told so.
  private func open() -> Bool {
    state.withLock { $0.beginOpening() }
    watch.begin()
    do throws(AuditError) {
      try chainWriter.withLock { writer throws(AuditError) in _ = try opened(&writer) }
      return true
    } catch {
      failed(error)
      return state.withLock { !$0.refuses(error) }
    }
  }

  private func waitForWork() {
    if state.withLock({ $0.hasTrouble }) {
      _ = bell.wait(timeout: .now() + .milliseconds(settings.retryMilliseconds))
    } else {
      bell.wait()
    }
  }

  // False when the disk took not all of them.
  private func writePending() -> Bool {
    while let (record, ticket) = state.withLock({ $0.beginWriting(at: settings.now()) }) {
      watch.begin()
      guard write(record, ticket) else { return false }
    }
    return true
  }

  // False when the disk did not take the record, which then stays where it is.
  private func write(_ record: AuditRecord, _ ticket: AuditTicket) -> Bool {
    do throws(AuditError) {
      try chainWriter.withLock { writer throws(AuditError) in
        var open = try opened(&writer)
        defer { writer = open }
        try open.write(record)
        state.withLock { $0.wrote(open.chain, warning: open.warning) }
        ticket.wrote(at: open.chain.head)
        if let segment = open.segment { syncer.enqueue(segment, ticket) }
        finishWriting(&open)
      }
      return true
    } catch {
      failed(error)
      return false
    }
  }

  // What nobody waits for: the second copy, and room for the records to come.
  private func finishWriting(_ open: inout ChainWriter) {
    journal.withLock { journal in
      for written in open.takeWritten() { journal.send(written, chainId: open.chain.id) }
    }
    noteCopies()
    if open.reserve() { state.withLock { $0.warn(open.warning) } }
  }

  private func opened(_ writer: inout ChainWriter?) throws(AuditError) -> ChainWriter {
    if let writer { return writer }
    let opening = try LogOpening(names)
    let new = ChainWriter(opening, names, settings)
    writer = new
    state.withLock { $0.opened(opening.chain, opening.openIntents) }
    return new
  }

  // What heals without a record: a log that could not be opened, a failed fdatasync by a new segment, room.
  private func mend() {
    do throws(AuditError) {
      try chainWriter.withLock { writer throws(AuditError) in
        var open = try opened(&writer)
        defer { writer = open }
        if try open.leaveUnsoundSegment(), let segment = open.segment {
          state.withLock { $0.moved(open.chain) }
          syncer.enqueue(segment, nil)
        }
        finishWriting(&open)
      }
    } catch {
      failed(error)
    }
  }

  private func failed(_ error: AuditError) {
    for ticket in state.withLock({ $0.failedWriting(error) }) { ticket.advance(to: .tried) }
  }

  private func beginSyncing() {
    state.withLock { $0.beginSyncing() }
    watch.begin()
  }

  private func synced(_ error: AuditError?) {
    let isNew = state.withLock { $0.synced(error) }
    if isNew { bell.signal() }
    tellIfChanged()
  }

  private func noteCopies() {
    let copies = journal.withLock { ($0.path, $0.dropped) }
    state.withLock { $0.copies = copies }
  }

  private func untilHang() -> Duration? {
    state.withLock { $0.untilHang(hangMilliseconds: settings.hangMilliseconds) }
  }

  private func tellIfChanged() {
    if let news = state.withLock({ $0.news(hangMilliseconds: settings.hangMilliseconds) }) { onChange(news) }
  }
}
