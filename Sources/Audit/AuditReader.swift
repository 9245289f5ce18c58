import Glibc

/// Reads a log beside its writer, who may append, rotate and remove segments meanwhile.
struct AuditReader: Sendable {
  private let names: SegmentNames

  init(_ names: SegmentNames) { self.names = names }

  /// Records as JSON lines, and the number of the last one.
  struct Lines {
    var bytes: [UInt8] = []
    var lastSeq: UInt64
    var count = 0
  }

  /// Reads records above `seq`, at most `limit`.
  func lines(after seq: UInt64, limit: Int) throws(AuditError) -> Lines {
    var lines = Lines(lastSeq: seq)
    let (paths, active) = try segments(from: seq)
    // One descriptor at a time, however many segments there are and whoever asks.
    for path in paths where lines.count < limit {
      if let file = try existing(path) { try append(to: &lines, from: file, limit: limit) }
    }
    if let active, lines.count < limit { try append(to: &lines, from: active, limit: limit) }
    return lines
  }

  /// The number of the last whole record; 0 of an empty log.
  func lastSeq() throws(AuditError) -> UInt64 {
    for file in try files(from: 0).reversed() {
      if let seq = try SegmentFile(file).lastSeq { return seq }
    }
    return 0
  }

  /// A record's outline by its number; nil where the log does not have it any more.
  func outline(of seq: UInt64) throws(AuditError) -> RecordOutline? {
    let lines = try lines(after: seq - min(seq, 1), limit: 1)
    guard lines.count == 1, lines.lastSeq == seq else { return nil }
    return RecordOutline(lines.bytes.dropLast())
  }

  /// Whether a `forked` record tells that somebody else had this record of the chain, as far as the last two segments
  /// say.
  func tellsOfFork(at other: AuditChainHead) throws(AuditError) -> Bool {
    for file in try files(from: 0).suffix(2) {
      var reader = LineReader(file)
      while let line = try reader.nextLine(), line.isTerminated {
        guard RecordOutline(line.bytes)?.event == .forked else { continue }
        if AuditRecord(line: line.bytes)?.otherHead == other { return true }
      }
    }
    return false
  }

  /// For each VIP the last record by which the instance came to hold it.
  func lastHoldings(
    of vips: [String], instanceId: String
  ) throws(AuditError) -> [String: AuditRecord] {
    var holdings: [String: AuditRecord] = [:]
    for file in try files(from: 0).reversed() {
      var lines = try SegmentFile(file).claims()
      while holdings.count < Set(vips).count, let line = lines.popLast() {
        guard let record = AuditRecord(line: line[...]), record.instanceId == instanceId else { continue }
        for vip in record.heldVips where vips.contains(vip) && holdings[vip] == nil {
          holdings[vip] = record
        }
      }
    }
    return holdings
  }

  // The segments that may hold records above `seq`, oldest first.
  func files(from seq: UInt64) throws(AuditError) -> [OpenedFile] {
    let (paths, active) = try segments(from: seq)
    var files: [OpenedFile] = []
    for path in paths {
      if let file = try existing(path) { files.append(file) }
    }
    return files + (active.map { [$0] } ?? [])
  }

  // The closed ones by name, and the active one. That is opened before the directory is read: what is closed in
  // between is seen twice at worst, which the records' numbers settle.
  private func segments(
    from seq: UInt64
  ) throws(AuditError) -> (closed: ArraySlice<String>, active: OpenedFile?) {
    let active = try existing(names.active)
    let closed = try names.closedSegments()
    let first = closed.lastIndex { names.firstSeq(ofClosed: $0) ?? 0 <= seq + 1 } ?? 0
    return (closed[first...], active)
  }

  // Nil where a file is not there: not made yet, or removed since its name was read.
  private func existing(_ path: String) throws(AuditError) -> OpenedFile? {
    do throws(AuditError) {
      return try OpenedFile.reading(path)
    } catch {
      guard case .system(_, _, _, ENOENT) = error else { throw error }
      return nil
    }
  }

  private func append(to lines: inout Lines, from file: OpenedFile, limit: Int) throws(AuditError) {
    let segment = try SegmentFile(file)
    guard let last = segment.lastSeq, last > lines.lastSeq else { return }
    var reader = LineReader(segment.file, from: try segment.offset(ofFirstAfter: lines.lastSeq))
    while lines.count < limit, let line = try reader.nextLine(), line.isTerminated {
      guard !line.isOverlong, let outline = RecordOutline(line.bytes), outline.seq > lines.lastSeq else {
        continue
      }
      lines.bytes.append(contentsOf: line.bytes)
      lines.bytes.append(UInt8(ascii: "\n"))
      lines.lastSeq = outline.seq
      lines.count += 1
    }
  }
}

extension AuditRecord {
  /// The addresses that were this router's by this record.
  var heldVips: [String] {
    guard event == .recovered || (event == .claimOutcome && outcome?.holdsAddresses == true) else {
      return []
    }
    return vips.filter { !refusedVips.contains($0) }
  }
}
