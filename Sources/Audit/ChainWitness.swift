/// What others have written down of chains: the `peerHead` records of a peer's log, or of a part of one.
struct ChainWitness {
  /// By chain and number, the hashes that were seen; two of them speak of two branches.
  private(set) var hashes: [String: [UInt64: [String]]] = [:]
  /// Lines that were changed: they witness nothing.
  private(set) var changed: [AuditFinding] = []

  /// Reads the lines of files in any order; those that are no `peerHead` records are passed over.
  init(_ paths: [String]) throws(AuditError) {
    for path in paths { try read(try OpenedFile.reading(path)) }
  }

  private mutating func read(_ file: OpenedFile) throws(AuditError) {
    var reader = LineReader(file)
    var number = 0
    while let line = try reader.nextLine() {
      number += 1
      guard let outline = RecordOutline(line.bytes) else { continue }
      guard outline.event == .peerHead || outline.event == .segmentStarted else { continue }
      guard outline.hashFits, let record = AuditRecord(line: line.bytes) else {
        changed.append(AuditFinding(file: file.path, line: number, message: "the witness's line was changed"))
        continue
      }
      if let head = record.peerHead { add(head) }
    }
  }

  private mutating func add(_ head: AuditChainHead) {
    let known = hashes[head.chainId]?[head.seq] ?? []
    if !known.contains(head.hash) { hashes[head.chainId, default: [:]][head.seq] = known + [head.hash] }
  }
}
