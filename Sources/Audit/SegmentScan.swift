/// What one segment tells a writer that goes on behind it.
struct SegmentScan {
  /// The last whole record.
  private(set) var head: Head?
  /// The chain's id, from the segment's first record.
  private(set) var chainId: String?
  /// The claims open at its end.
  private(set) var openClaims = OpenClaims()
  /// Where the peer's chain was last seen to end, and which record says so.
  private(set) var peerHead: (head: AuditChainHead, seq: UInt64)?
  // Where the last `peerHead` begins: decoded once, at the end.
  private var peerHeadStart: Int64?
  // Where the intents without outcome begin.
  private var intents: [String: Int64] = [:]
  /// The first record's number.
  private(set) var firstSeq: UInt64?

  struct Head {
    let outline: RecordOutline
    /// Where its line begins, and where the next one is to begin.
    let start, end: Int64
  }

  // The last whole record's line; read again at the end, as an outline kept would hold on to every chunk.
  private var last: (start: Int64, end: Int64)?

  /// Reads a segment up to its last record whose hash fits.
  init(_ file: OpenedFile) throws(AuditError) {
    var limit = Int64.max
    repeat {
      self.init()
      try read(file, before: limit)
      head = try lastRecord(file)
      try readPeerHead(file)
      limit = head?.start ?? 0
    } while head?.outline.hashFits == false
  }

  private init() {}

  /// A claim's intent; nil when this segment does not hold it or holds its outcome too.
  func intent(_ claimId: String, in file: OpenedFile) throws(AuditError) -> AuditRecord? {
    guard let start = intents[claimId] else { return nil }
    var reader = LineReader(file, from: start)
    return try reader.nextLine().flatMap { AuditRecord(line: $0.bytes) }
  }

  private func lastRecord(_ file: OpenedFile) throws(AuditError) -> Head? {
    guard let last else { return nil }
    var reader = LineReader(file, from: last.start)
    guard let line = try reader.nextLine(), let outline = RecordOutline(line.bytes) else { return nil }
    return Head(outline: outline, start: last.start, end: last.end)
  }

  private mutating func read(_ file: OpenedFile, before limit: Int64) throws(AuditError) {
    var reader = LineReader(file)
    while let line = try reader.nextLine(), line.start < limit {
      guard line.isTerminated, !line.isOverlong, let outline = RecordOutline(line.bytes) else { continue }
      take(outline, line)
    }
  }

  private mutating func take(_ outline: RecordOutline, _ line: LineReader.Line) {
    last = (line.start, line.end)
    firstSeq = firstSeq ?? outline.seq
    switch outline.event {
    case .segmentStarted: begin(AuditRecord(line: line.bytes))
    case .peerHead: peerHeadStart = line.start
    case .claimIntent: outline.claimId.map { intents[$0] = line.start }
    case .claimOutcome: outline.claimId.map { intents[$0] = nil }
    default: break
    }
    openClaims.note(outline.event, outline.claimId)
  }

  private mutating func begin(_ record: AuditRecord?) {
    guard let record else { return }
    chainId = record.chainId
    openClaims = OpenClaims(record.openClaims)
    peerHead = record.farthestPeerHead.map { ($0, record.stamp?.seq ?? 0) }
  }

  private mutating func readPeerHead(_ file: OpenedFile) throws(AuditError) {
    guard let peerHeadStart else { return }
    var reader = LineReader(file, from: peerHeadStart)
    guard let line = try reader.nextLine(), let record = AuditRecord(line: line.bytes) else { return }
    peerHead = record.farthestPeerHead.map { ($0, record.stamp?.seq ?? 0) }
  }
}
