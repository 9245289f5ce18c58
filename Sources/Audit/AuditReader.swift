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
    for file in try files(from: seq) where lines.count < limit {
      let segment = try SegmentFile(file)
      if let last = segment.lastSeq, last > lines.lastSeq {
        try append(to: &lines, from: segment, limit: limit)
      }
    }
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

  /// The newest record that somebody else had of this chain, as far as the last two segments tell.
  func lastFork() throws(AuditError) -> AuditChainHead? {
    var found: AuditChainHead?
    for file in try files(from: 0).suffix(2) {
      var reader = LineReader(file)
      while let line = try reader.nextLine(), line.isTerminated {
        guard RecordOutline(line.bytes)?.event == .forked else { continue }
        found = AuditRecord(line: line.bytes)?.otherHead ?? found
      }
    }
    return found
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

  // The segments that may hold records above `seq`, oldest first. The active file is opened before the directory
  // is read: what is closed in between is seen twice at worst, which the records' numbers settle.
  func files(from seq: UInt64) throws(AuditError) -> [OpenedFile] {
    let active = try existing(names.active)
    let closed = try names.closedSegments()
    let first = closed.lastIndex { names.firstSeq(ofClosed: $0) ?? 0 <= seq + 1 } ?? 0
    var files: [OpenedFile] = []
    for path in closed[first...] {
      if let file = try existing(path) { files.append(file) }
    }
    return files + (active.map { [$0] } ?? [])
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

  private func append(to lines: inout Lines, from segment: SegmentFile, limit: Int) throws(AuditError) {
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
