/// Follows a chain line by line over its segments, and says of each line what does not fit.
struct ChainVerifier {
  private var result = AuditVerification()
  private var place = AuditFinding(file: "the log", line: 0, message: "")
  private let expecting: AuditHead?
  private var expectedSeen: String?
  /// The hash the next record must name; nil where that can't be known.
  private var head: String? = Chain.zeros
  private var claims = ClaimLedger()

  private let witness: ChainWitness?
  /// What the witness saw of this chain, once its id is known.
  private var witnessed: [UInt64: [String]] = [:]
  private var witnessedCount = 0

  // The events whose JSON is read; of the others the outline says enough.
  private static let decoded: Set<AuditEvent> = [.segmentStarted, .started, .gap, .forked]

  init(expecting: AuditHead?, witness: ChainWitness? = nil) {
    self.expecting = expecting
    self.witness = witness
  }

  /// Reads one segment; they come in the order of the chain.
  mutating func verify(_ file: OpenedFile, isLast: Bool) throws(AuditError) {
    var reader = LineReader(file)
    var number = 0
    begin(file)
    while let line = try reader.nextLine() {
      number += 1
      take(line, number: number)
    }
    place = AuditFinding(file: file.path, line: 0, message: "")
    if number == 0, !isLast { problem("empty, though it is not the last segment") }
  }

  /// What was found in all.
  mutating func finish() -> AuditVerification {
    checkExpected()
    checkWitnessed()
    result.openClaims = claims.open.list
    return result
  }

  /// Lines of a segment follow.
  mutating func begin(_ file: OpenedFile) { place = AuditFinding(file: file.path, line: 0, message: "") }

  /// Whether anything was found wrong so far.
  var hasProblem: Bool { result.problemCount > 0 }

  /// Takes a segment's next line, the first being number 1.
  mutating func take(_ line: LineReader.Line, number: Int) {
    place.line = number
    guard line.isTerminated else { return lose("torn: no newline ends the \(line.end - line.start) bytes") }
    guard !line.isOverlong else { return lose("longer than \(RecordLimits.maximumLineBytes) bytes") }
    guard let record = RecordOutline(line.bytes) else { return lose("not a record of this version") }
    if number == 1 { checkSegmentStart(record) }
    checkPlace(of: record)
    if !record.hashFits { problem("record \(record.seq): the line was changed, its hash does not fit") }
    if let event = record.event, Self.decoded.contains(event) { takeDecoded(record, line) }
    if let finding = claims.take(record) { problem("record \(record.seq): \(finding)") }
    advance(to: record)
  }

  private mutating func advance(to record: RecordOutline) {
    let hash = String(decoding: record.hash, as: UTF8.self)
    head = hash
    result.records += 1
    result.firstSeq = result.firstSeq ?? record.seq
    result.lastSeq = record.seq
    result.headHash = hash
    if record.seq == expecting?.seq { expectedSeen = hash }
    if !witnessed.isEmpty { compare(record.seq, hash) }
  }

  private mutating func checkSegmentStart(_ record: RecordOutline) {
    if record.event != .segmentStarted { problem("the segment does not begin with segmentStarted") }
    if let named = Self.seqInName(place.file), named != record.seq {
      problem("the name says that record \(named) is the first, but it is record \(record.seq)")
    }
    if result.records == 0, record.seq > 1 {
      note("the log begins with record \(record.seq); earlier segments are not here")
      head = nil
    }
  }

  private mutating func checkPlace(of record: RecordOutline) {
    let expected = (result.lastSeq ?? record.seq - 1) + 1
    if record.seq > expected {
      problem("records \(expected) to \(record.seq - 1) are missing before record \(record.seq)")
    } else if record.seq < expected {
      problem("record \(record.seq) stands behind record \(expected - 1): a duplicate or out of order")
    }
    if let head, !head.utf8.elementsEqual(record.prevHash) {
      problem("record \(record.seq): prevHash is not the hash of the record before")
    }
  }

  private mutating func takeDecoded(_ outline: RecordOutline, _ line: LineReader.Line) {
    guard let record = AuditRecord(line: line.bytes) else {
      return problem("record \(outline.seq): not a whole \(outline.event?.rawValue ?? "record")")
    }
    if let chainId = record.chainId {
      if let known = result.chainId, known != chainId {
        problem("record \(outline.seq): chain \(chainId) instead of \(known)")
      }
      result.chainId = chainId
      witnessed = witness?.hashes[chainId] ?? [:]
    }
    if result.records == 0 { claims.begin(with: record.openClaims) }
    if record.event == .forked { note("record \(outline.seq): forked: \(record.detail ?? "")") }
    if record.event == .gap { note("gap: \(record.detail ?? "")") }
  }

  private mutating func checkExpected() {
    guard let expecting else { return }
    place = AuditFinding(file: place.file, line: 0, message: "")
    switch expectedSeen {
    case expecting.hash: break
    case .some(let hash): problem("record \(expecting.seq) has the hash \(hash), not the expected one")
    case .none:
      let last = result.lastSeq.map { "the last one is \($0)" } ?? "there is none"
      problem("record \(expecting.seq) was expected and is not here: \(last)")
    }
  }

  private mutating func compare(_ seq: UInt64, _ hash: String) {
    guard let seen = witnessed[seq] else { return }
    witnessedCount += 1
    for other in seen where other != hash {
      problem("record \(seq): the witness saw it with the hash \(other)")
    }
  }

  private mutating func checkWitnessed() {
    guard let witness else { return }
    for finding in witness.changed { result.addProblem(finding) }
    place = AuditFinding(file: place.file, line: 0, message: "")
    let last = result.lastSeq ?? 0
    let missing = witnessed.keys.filter { $0 > last }
    if let newest = missing.max() {
      problem("the witness saw record \(newest), and the log ends with record \(last): its end was cut")
    } else if witnessedCount == 0 {
      problem("the witness has no head of this chain to compare with")
    }
  }

  // A line that is no record: what follows can't be compared with it.
  private mutating func lose(_ message: String) {
    problem(message)
    head = nil
  }

  private mutating func problem(_ message: String) {
    result.addProblem(AuditFinding(file: place.file, line: place.line, message: message))
  }

  private mutating func note(_ message: String) {
    result.addNote(AuditFinding(file: place.file, line: place.line, message: message))
  }

  private static func seqInName(_ path: String) -> UInt64? {
    guard path.hasSuffix(".jsonl"), let dash = path.lastIndex(of: "-") else { return nil }
    let digits = path[path.index(after: dash)...].dropLast(".jsonl".count)
    return digits.utf8.count >= 12 ? UInt64(digits) : nil
  }
}
