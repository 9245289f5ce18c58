import Glibc
import SystemPackage

/// Writes records as lines of the chain, into one segment after the other.
///
/// Used by the writer's thread only.
struct ChainWriter {
  private let names: SegmentNames
  private let settings: AuditSettings
  private let lock: LogLock
  /// Where the chain stands.
  private(set) var chain: Chain
  /// The active file, once something was written.
  private(set) var segment: Segment?
  /// Why the log is not quite well although it takes records: a segment could not be closed or removed, or
  /// there is no room to reserve.
  var warning: AuditError? { shortage ?? rotationFailure }
  private var rotationFailure, shortage: AuditError?
  private var firstSeq: UInt64?
  private var unrecordedTornEnds: [String]
  private var unrecordedLoss: String?
  private var reasonForSegment: String?
  /// The lines written since `takeWritten`.
  private var written: [WrittenLine] = []

  init(_ opening: LogOpening, _ names: SegmentNames, _ settings: AuditSettings) {
    self.names = names
    self.settings = settings
    lock = opening.lock
    chain = opening.chain
    firstSeq = opening.activeFirstSeq
    unrecordedTornEnds = opening.unrecordedTornEnds
    unrecordedLoss = settings.lossNote?.words()
  }

  /// Writes one record; when this throws, the record is not in the log.
  mutating func write(_ record: AuditRecord) throws(AuditError) {
    try provideSegment(for: record)
    while let path = unrecordedTornEnds.first {
      try append(TornEnd.gap(path, settings: settings))
      unrecordedTornEnds.removeFirst()
    }
    try writeLoss()
    try append(record)
  }

  // In this order, so that a crash in between says it twice rather than never.
  private mutating func writeLoss() throws(AuditError) {
    guard let words = unrecordedLoss else { return }
    var record = AuditRecord(.gap, at: settings.now())
    record.detail = words
    try append(record)
    unrecordedLoss = nil
    settings.lossNote?.remove()
  }

  /// Leaves a segment whose fdatasync failed, even if no record comes; true when a new one was begun.
  ///
  /// Only once the disk confirms a new file, else a broken disk would be filled with segments.
  mutating func leaveUnsoundSegment() throws(AuditError) -> Bool {
    guard let failure = segment?.syncFailure, let following = try? Segment.following(names),
      (try? following.prove()) != nil
    else { return false }
    try closeSegment()
    reasonForSegment = Self.reason(failure)
    try following.takePlace()
    segment = following
    try beginSegment()
    return true
  }

  private static func reason(_ failure: AuditError) -> String {
    "\(failure); what was written shortly before may be missing from the disk"
  }

  /// Keeps room on the disk ahead of the segment's end; true when that says something new.
  mutating func reserve() -> Bool {
    let before = shortage
    do throws(AuditError) {
      try segment?.reserve()
      shortage = nil
    } catch {
      shortage = error
    }
    return shortage != before
  }

  /// Gives the lines written since the last time, for their second copy.
  mutating func takeWritten() -> [WrittenLine] {
    defer { written = [] }
    return written
  }

  func releaseLock() { lock.release() }

  private mutating func provideSegment(for record: AuditRecord) throws(AuditError) {
    if let failure = segment?.syncFailure {
      try closeSegment()
      reasonForSegment = Self.reason(failure)
    } else if isFull(for: record) {
      rotate()
    }
    if segment == nil { segment = try Segment(names) }
    if segment?.bytes == 0 { try beginSegment() }
  }

  private func isFull(for record: AuditRecord) -> Bool {
    guard let segment, let firstSeq, chain.seq > firstSeq else { return false }
    let room = Int64(settings.maximumBytes) - segment.bytes
    guard room < Int64(RecordLimits.maximumLineBytes) else { return false }
    let length = chain.line(record, bootId: settings.bootId).bytes.count
    return Int64(length) > room
  }

  // A segment that can't be closed is written on: a file too long is better than a record less. The next one is
  // made first, so that on a full disk the old one's reserve is not given away for nothing.
  private mutating func rotate() {
    do throws(AuditError) {
      let following = try Segment.following(names)
      try closeSegment()
      try following.takePlace()
      segment = following
      rotationFailure = nil
    } catch {
      rotationFailure = error
    }
  }

  private mutating func closeSegment() throws(AuditError) {
    guard let firstSeq else { return }
    let closed = names.closed(firstSeq: firstSeq)
    guard try !SafeFiles.exists(closed) else {
      throw .unsafeFile(path: closed, reason: "a segment of that name is there", remedy: "move it away")
    }
    try segment?.trim()
    try check(unsafe rename(names.active, closed), "rename", names.active)
    segment = nil
    self.firstSeq = nil
  }

  private mutating func beginSegment() throws(AuditError) {
    var record = AuditRecord(.segmentStarted, at: settings.now())
    record.detail = reasonForSegment
    let hadTrouble = reasonForSegment != nil
    try append(record)
    firstSeq = chain.seq
    reasonForSegment = nil
    if !hadTrouble { removeOldSegments() }
  }

  private mutating func append(_ record: AuditRecord) throws(AuditError) {
    let line = chain.line(record, bootId: settings.bootId)
    try segment?.append(line.bytes)
    chain.advance(record, line)
    written.append(WrittenLine(event: record.event, seq: chain.seq, line: line))
  }

  private mutating func removeOldSegments() {
    do throws(AuditError) {
      try SegmentPruning(names, settings).run()
    } catch {
      rotationFailure = error
    }
  }
}

/// A line that stands in the log.
struct WrittenLine: Sendable {
  let event: AuditEvent
  let seq: UInt64
  let line: RecordLine
}
