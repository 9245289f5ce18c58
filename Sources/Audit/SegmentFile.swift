/// One segment open for reading, in which a record is found by its number without reading all before it.
struct SegmentFile {
  let file: OpenedFile
  /// The last whole record's number; nil when there is none.
  let lastSeq: UInt64?
  private let size: Int64

  init(_ file: OpenedFile) throws(AuditError) {
    self.file = file
    size = try file.size()
    lastSeq = try Self.lastSeq(file, size)
  }

  /// Where to begin reading for the first record above `seq`: at it, or a little before.
  ///
  /// Halves the file until 64 KiB are left; a damaged stretch only makes it begin earlier.
  func offset(ofFirstAfter seq: UInt64) throws(AuditError) -> Int64 {
    var low: Int64 = 0
    var high = size
    while high - low > 65_536 {
      let middle = (low + high) / 2
      if let found = try record(behind: middle, before: high), found.seq <= seq {
        low = found.offset
      } else {
        high = middle
      }
    }
    return low
  }

  /// The lines that may tell of addresses taken, oldest first.
  func claims() throws(AuditError) -> [[UInt8]] {
    var reader = LineReader(file)
    var lines: [[UInt8]] = []
    while let line = try reader.nextLine(), line.isTerminated {
      let event = RecordOutline(line.bytes)?.event
      if event == .claimOutcome || event == .recovered { lines.append(Array(line.bytes)) }
    }
    return lines
  }

  // The first record that begins behind an offset, and where.
  private func record(
    behind offset: Int64, before end: Int64
  ) throws(AuditError) -> (seq: UInt64, offset: Int64)? {
    var reader = LineReader(file, from: offset, chunkBytes: 8192)
    _ = try reader.nextLine()
    while let line = try reader.nextLine(), line.start < end {
      if line.isTerminated, let outline = RecordOutline(line.bytes) { return (outline.seq, line.start) }
    }
    return nil
  }

  // Looked for in the last stretch first: more than the longest line, and a torn one behind it.
  private static func lastSeq(_ file: OpenedFile, _ size: Int64) throws(AuditError) -> UInt64? {
    let stretch = Int64(4 * RecordLimits.maximumLineBytes)
    if let seq = try lastSeq(file, from: max(0, size - stretch)) { return seq }
    return size > stretch ? try lastSeq(file, from: 0) : nil
  }

  private static func lastSeq(_ file: OpenedFile, from offset: Int64) throws(AuditError) -> UInt64? {
    var reader = LineReader(file, from: offset)
    var last: UInt64?
    while let line = try reader.nextLine(), line.isTerminated {
      last = RecordOutline(line.bytes)?.seq ?? last
    }
    return last
  }
}
