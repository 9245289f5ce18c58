public import FoundationEssentials

/// Where the audit log lies and how much of it is kept.
public struct AuditSettings: Sendable {
  /// The active file, `.../audit.jsonl`; segments, torn lines and the lock lie beside it.
  public var path: String
  /// A segment is closed before it would grow beyond this.
  public var maximumBytes: Int
  /// How many closed segments are kept.
  public var keep: Int
  /// The machine's boot, from /proc/sys/kernel/random/boot_id.
  public var bootId: String
  /// How many records wait in memory while the disk fails; further ones are counted in a `gap` record.
  public var pendingLimit: Int = 4096
  /// The pause between two tries while the disk fails.
  public var retryMilliseconds: Int = 1000
  /// A write that takes longer than this makes the log's health bad.
  public var hangMilliseconds: Int = 250
  /// How long opening the log is waited for; a disk that hangs longer is waited for beside everything else.
  public var openMilliseconds: Int = 500
  /// Where a stop notes that it could not write all records, for the next start to say so; nil: nowhere.
  ///
  /// Best on another disk than the log's.
  public var lossNotePath: String?
  /// Where each record's second copy goes.
  public var journal = JournalPaths()
  /// The clock for the records the log writes by itself.
  public var now: @Sendable () -> Date = { Date() }

  /// The defaults: segments of 16 MiB, 16 of them kept.
  public init(path: String, bootId: String, maximumBytes: Int = 16_777_216, keep: Int = 16) {
    self.path = path
    self.bootId = bootId
    self.maximumBytes = maximumBytes
    self.keep = keep
  }

  var lossNote: LossNote? { lossNotePath.map { LossNote(path: $0) } }
}
