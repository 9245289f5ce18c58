import Dispatch
import FoundationEssentials

/// The audit log of one daemon: a chain of JSON lines that one thread of its own appends to.
public final class AuditLog: Sendable {
  private let writer: LogWriter
  let reader: AuditReader
  let openedAt: Date
  let journal: JournalPaths

  /// Opens or continues the log: locks it, puts a torn end aside, finds the head of the chain.
  ///
  /// A disk that fails or hangs while the log is opened is waited for beside everything else, with health not ok
  /// meanwhile. `onChange` is called on a thread of the log whenever the health or the head changed; it must not
  /// block.
  /// Throws `AuditError` when the log is in use, lies in an unsafe place, or is misconfigured.
  public init(
    _ settings: AuditSettings, onChange: @escaping @Sendable (AuditHealth) -> Void = { _ in }
  ) throws(AuditError) {
    let names = try SegmentNames(active: settings.path)
    reader = AuditReader(names)
    openedAt = settings.now()
    journal = settings.journal
    writer = LogWriter(names, settings, onChange: onChange)
    try writer.start()
  }

  deinit { writer.finish() }

  /// Claims that had an intent and no outcome when the log was opened, oldest first, with all their fields.
  ///
  /// The daemon reads from EC2 what became of each and appends its `claimOutcome`. Nil until the log is open.
  public var openIntents: [AuditRecord]? { writer.openIntents }

  /// Hands a record over to the log's thread; never blocks, never fails.
  @discardableResult
  public func append(_ record: AuditRecord) -> AuditTicket { writer.append(record) }

  /// Whether the log takes records, why not, and where the chain ends; from memory.
  public var health: AuditHealth { writer.health }

  /// Reads whole records with a `seq` above the one given, oldest first, as JSON lines.
  ///
  /// Reads the files beside the writer, without holding it up; it blocks on the disk, so call it from a thread
  /// that may. Throws `AuditError.system` when a segment can't be read.
  public func lines(after seq: UInt64, limit: Int) throws(AuditError) -> [UInt8] {
    try reader.lines(after: seq, limit: limit).bytes
  }

  /// Finds for each VIP the last record by which this instance came to hold it.
  ///
  /// That is a `claimOutcome` that holds addresses or a `recovered` record. Reads back from the newest segment as
  /// far as needed; blocks on the disk. Throws `AuditError.system` when a segment can't be read.
  public func lastHoldings(
    of vips: [String], instanceId: String
  ) throws(AuditError) -> [String: AuditRecord] {
    try reader.lastHoldings(of: vips, instanceId: instanceId)
  }

  /// Finds the last claims that ended, oldest first; from the files, reading back from the newest.
  ///
  /// Blocks on the disk. Throws `AuditError.system` when a segment can't be read.
  public func lastClaims(_ count: Int) throws(AuditError) -> [RecordedClaim] {
    try reader.lastClaims(count)
  }

  /// Writes what is pending, confirms it on the disk, ends the threads and gives the lock back.
  ///
  /// Waits at most as long as given; returns whether all that was handed over is on the disk. Called once, last.
  @discardableResult
  public func close(withinMilliseconds milliseconds: Int = 2000) -> Bool {
    writer.finish()
    return writer.hasEnded(before: .now() + .milliseconds(milliseconds))
  }
}
