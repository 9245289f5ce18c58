import Glibc

/// Reads the end of a log that another process may be writing: for the command line.
public struct AuditTail: Sendable {
  private let reader: AuditReader

  /// Names the log by its active file; throws `AuditError.path` unless that ends in `.jsonl`.
  public init(path: String) throws(AuditError) { reader = AuditReader(try SegmentNames(active: path)) }

  /// Reads the last records, at most `count`, as JSON lines.
  ///
  /// Throws `AuditError.system` when a file can't be read.
  public func last(_ count: Int) throws(AuditError) -> [UInt8] { try lastLines(count).bytes }

  /// Hands over the last `count` records, then every further one as it is written, across segments.
  ///
  /// Blocks; looks every 200 ms. Ends when `emit` returns false; `emit` gets empty bytes when nothing is new.
  /// Throws `AuditError.system` when a file can't be read.
  public func follow(last count: Int, emit: ([UInt8]) -> Bool) throws(AuditError) {
    var lines = try lastLines(count)
    while emit(lines.bytes) {
      if lines.count == 0 { usleep(200_000) }
      lines = try reader.lines(after: lines.lastSeq, limit: 1000)
    }
  }

  private func lastLines(_ count: Int) throws(AuditError) -> AuditReader.Lines {
    let last = try reader.lastSeq()
    let before = last - min(last, UInt64(max(0, count)))
    return try reader.lines(after: before, limit: max(0, count))
  }
}
