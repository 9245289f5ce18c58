import FoundationEssentials
import SystemPackage
import Testing

@testable import Audit

/// A log that somebody laid hands on: our verifier and the Python one must both say so.
@Suite struct TamperTests {
  // The whole file through the verifier, each time.
  @Test func everySingleBitFlippedOfAShortLogIsFound() throws {
    let scratch = try untouched(records: 1)
    let original = scratch.bytes()
    let clean = try verifyAudit(files: [scratch.log])
    #expect(clean.ok && clean.records == 2)
    var unnoticed: [Int] = []
    for bit in stride(from: 0, to: original.count * 8, by: torture ? 1 : 7) {
      var bytes = original
      bytes[bit / 8] ^= 1 << (bit % 8)
      try scratch.write(bytes)
      if try verifyAudit(files: [scratch.log]).ok { unnoticed.append(bit) }
    }
    #expect(unnoticed.isEmpty)
  }

  // In the file, which is read as ever. The verifier begins at the line with the flipped bit, as it stands after the
  // lines before, and stops when it has found something.
  @Test(arguments: 0..<4)
  func everySingleBitFlippedOf200RecordsIsFound(_ shard: Int) throws {
    let scratch = try untouched(records: 199)
    #expect(scratch.lines().count == 200)
    let file = try OpenedFile.reading(scratch.log)
    let bytes = scratch.bytes()
    let starts = [0] + bytes.indices.filter { bytes[$0] == UInt8(ascii: "\n") }.map { $0 + 1 }
    let flips = try FlippedBits(file, starts: starts)
    defer { try? flips.close() }
    var verifier = ChainVerifier(expecting: nil)
    verifier.begin(file)
    for line in 0..<200 {
      if line % 4 == shard {
        let unnoticed = try flips.unnoticed(inLine: line, by: verifier)
        #expect(unnoticed.isEmpty, "line \(line): bits \(unnoticed)")
      }
      try flips.feed(&verifier, line: line)
    }
    #expect(verifier.finish().ok)
  }

  @Test(arguments: Tampering.allCases)
  func everyChangeOfALineIsFoundByBothVerifiers(_ tampering: Tampering) throws {
    let scratch = try untouched(records: 30)
    let lines = scratch.lines()
    for _ in 0..<60 {
      let changed = tampering.apply(lines)
      try scratch.write(Array((changed.joined(separator: "\n") + "\n").utf8))
      #expect(try !verifyAudit(files: [scratch.log]).ok, "\(tampering)")
    }
    #expect(python([scratch.log]) == 1)
  }

  @Test func aCutTailIsFoundByWhatIsExpected() throws {
    let scratch = try untouched(records: 30)
    let whole = try verifyAudit(files: [scratch.log])
    let head = try #require(whole.headHash.flatMap { AuditHead(seq: whole.lastSeq ?? 0, hash: $0) })
    #expect(try verifyAudit(files: [scratch.log], expecting: head).ok)
    #expect(python([scratch.log, head.description]) == 0)
    try scratch.write(Array((scratch.lines().dropLast(2).joined(separator: "\n") + "\n").utf8))
    #expect(try verifyAudit(files: [scratch.log]).ok)
    let cut = try verifyAudit(files: [scratch.log], expecting: head)
    #expect(cut.problems.map(\.message) == ["record 31 was expected and is not here: the last one is 29"])
    #expect(python([scratch.log, head.description]) == 1)
  }

  @Test func aTailCutWithinALineIsTorn() throws {
    let scratch = try untouched(records: 3)
    try scratch.write(scratch.bytes().dropLast(5))
    let result = try verifyAudit(files: [scratch.log])
    #expect(result.problems.count == 1 && result.problems[0].message.hasPrefix("torn"))
    #expect(python([scratch.log]) == 1)
  }

  @Test func segmentsVerifyInAnyOrderOfArgumentsAndSwappedOnesAreFound() throws {
    let scratch = try untouched(records: 60, maximumBytes: 4096)
    let segments = scratch.segments()
    #expect(segments.count > 3)
    #expect(try verifyAudit(files: segments.reversed()).ok)
    #expect(try verifyAudit(files: [scratch.log]).ok)
    #expect(python(segments) == 0)
    let (first, second) = (scratch.bytes(segments[1]), scratch.bytes(segments[2]))
    try scratch.write(second, to: segments[1])
    try scratch.write(first, to: segments[2])
    #expect(try !verifyAudit(files: segments).ok)
    #expect(python(segments) == 1)
  }

  @Test func aMissingOrDoubledSegmentIsFound() throws {
    let scratch = try untouched(records: 60, maximumBytes: 4096)
    let segments = scratch.segments()
    let without = segments.filter { $0 != segments[2] }
    #expect(try !verifyAudit(files: without).ok)
    #expect(python(without) == 1)
    #expect(try !verifyAudit(files: segments + [segments[2]]).ok)
  }

  @Test func aLogOfWhichOldSegmentsWereRemovedIsWholeAndSaysSo() throws {
    let scratch = try untouched(records: 60, maximumBytes: 4096)
    let kept = Array(scratch.segments().dropFirst(2))
    let result = try verifyAudit(files: kept)
    #expect(result.ok && result.notes.count == 1)
    #expect(python(kept) == 0)
  }

  @Test func aSecondOutcomeOrIntentIsFoundAndOpenClaimsAreListed() throws {
    let scratch = Scratch()
    let log = try AuditLog(scratch.settings())
    log.append(record(.claimIntent, claim: "a"))
    log.append(record(.claimOutcome, claim: "a", outcome: .accepted))
    log.append(record(.claimOutcome, claim: "a", outcome: .accepted))
    log.append(record(.claimIntent, claim: "b"))
    log.append(record(.claimIntent, claim: "b"))
    log.append(record(.claimIntent, claim: "c"))
    log.close()
    let result = try verifyAudit(files: [scratch.log])
    #expect(
      result.problems.map(\.description) == [
        "\(scratch.log):4: record 4: a second outcome for claim a",
        "\(scratch.log):6: record 6: a second intent for claim b",
      ])
    #expect(result.openClaims == ["b", "c"])
  }

  @Test("takes minutes where each intent is compared with all that are open")
  func aLogWhoseOutcomesAreGoneIsReadToItsEndAndSaysSo() throws {
    let scratch = Scratch()
    var chain = try Chain.new()
    var bytes: [UInt8] = []
    for number in 0..<60_000 {
      let next = number == 0 ? record(.segmentStarted) : record(.claimIntent, claim: "c-\(number)")
      let line = chain.line(next, bootId: "boot-1")
      chain.advance(next, line)
      bytes += line.bytes
    }
    try scratch.write(bytes)
    let result = try verifyAudit(files: [scratch.log])
    #expect(
      result.problems.map(\.message) == [
        "record 10002: 10000 claims have no outcome: outcomes are missing; further ones are not followed"
      ])
    #expect(result.openClaims.count == 10_000)
    #expect(try LogOpening(SegmentNames(active: scratch.log)).openIntents.count == 10_000)
  }

  @Test func anEndlessLineIsReportedInConstantMemory() throws {
    let scratch = try untouched(records: 1)
    try scratch.append(String(repeating: "x", count: 3_000_000) + "\n")
    let result = try verifyAudit(files: [scratch.log])
    #expect(result.problems.map(\.message) == ["longer than 4096 bytes"])
  }

  @Test(arguments: ["", "1", "1:", "1:abc", "x:\(Chain.zeros)", "1:\(Chain.zeros)0", "1:2:\(Chain.zeros)"])
  func anExpectationThatIsNotSeqAndHashIsRefused(_ text: String) {
    #expect(AuditHead(text) == nil)
  }

  private func untouched(records: Int, maximumBytes: Int = 16_777_216) throws -> Scratch {
    let scratch = Scratch()
    let log = try AuditLog(scratch.settings(maximumBytes: maximumBytes, keep: 1000))
    for number in 0..<records { log.append(record(.standby, claim: "c-\(number)")) }
    #expect(log.close())
    return scratch
  }

  private func python(_ arguments: [String]) -> Int32 {
    shell("python3 \(repository)/deploy/verify-audit.py \(arguments.joined(separator: " ")) >/dev/null")
  }
}

enum Tampering: CaseIterable {
  case insert, delete, reorder, duplicate, restamp, merge, foreign

  func apply(_ lines: [String]) -> [String] {
    var lines = lines
    let place = Int.random(in: 1..<(lines.count - 2))
    switch self {
    case .insert: lines.insert(lines[place].replacing(#""seq":"#, with: #""seq":1"#), at: place)
    case .delete: lines.remove(at: place)
    case .reorder: lines.swapAt(place, place + 1)
    case .duplicate: lines.insert(lines[place], at: place)
    case .restamp: lines[place] = restamped(lines[place])
    case .merge: lines[place] += lines.remove(at: place + 1)
    case .foreign: lines.insert(#"{"any":"json"}"#, at: place)
    }
    return lines
  }

  // Changed with a fitting hash of its own: only the next line's prevHash gives it away.
  private func restamped(_ line: String) -> String {
    let changed = line.replacing("10.0.0.9", with: "10.0.0.8")
    let covered = changed.utf8.dropLast(#","hash":""}"#.utf8.count + 64)
    guard let outline = RecordOutline(Array(line.utf8)[...]) else { return line }
    let hash = recordHash(prevHash: outline.prevHash, covered: Array(covered)[...])
    return String(decoding: covered, as: UTF8.self) + #","hash":"\#(hash)"}"#
  }
}

/// A log in memory of which one bit at a time is flipped.
private struct FlippedBits {
  let file: OpenedFile
  let starts: [Int]
  private let writing: FileDescriptor

  init(_ file: OpenedFile, starts: [Int]) throws {
    self.file = file
    self.starts = starts
    writing = try FileDescriptor.open(FilePath(file.path), .readWrite)
  }

  func close() throws { try writing.close() }

  func feed(_ verifier: inout ChainVerifier, line: Int) throws {
    try feed(&verifier, from: line, atMost: 1)
  }

  func unnoticed(inLine line: Int, by verifier: ChainVerifier) throws -> [Int] {
    var unnoticed: [Int] = []
    for bit in starts[line] * 8..<starts[line + 1] * 8 {
      var copy = verifier
      try flip(bit)
      // With the two lines behind it: a newline that is gone joins it to the next.
      try feed(&copy, from: line, atMost: 3)
      try flip(bit)
      if !copy.hasProblem { unnoticed.append(bit) }
    }
    return unnoticed
  }

  private func flip(_ bit: Int) throws {
    var byte: [UInt8] = [0]
    _ = try unsafe byte.withUnsafeMutableBytes {
      try unsafe writing.read(fromAbsoluteOffset: Int64(bit / 8), into: $0)
    }
    byte[0] ^= 1 << (bit % 8)
    _ = try unsafe byte.withUnsafeBytes { try unsafe writing.write(toAbsoluteOffset: Int64(bit / 8), $0) }
  }

  private func feed(_ verifier: inout ChainVerifier, from line: Int, atMost count: Int) throws {
    var reader = LineReader(file, from: Int64(starts[line]), chunkBytes: 1024)
    for number in line + 1...line + count {
      guard !verifier.hasProblem, let next = try reader.nextLine() else { return }
      verifier.take(next, number: number)
    }
  }
}
