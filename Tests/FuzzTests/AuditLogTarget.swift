import Digest
import Glibc
import SystemPackage

@testable import Audit
@testable import vipad

/// A log file: a byte that says how to spoil it, then its content.
///
/// An odd first byte has the hashes made right, so that what lies behind that check is reached as well.
func checkAuditLog(_ input: [UInt8]) throws(Broken) {
  guard let mode = input.first else { return }
  let log = mode & 1 == 1 ? resealed(Array(input.dropFirst())) : Array(input.dropFirst())
  let file = try ScratchLog.shared.get()
  try file.hold(log)
  do throws(AuditError) {
    let found = try verifyAudit(files: [file.path])
    try lift { () throws(Broken) in
      try check(found)
      try checkLines(log, isWhole: found.ok)
      if found.ok, found.records > 0 { try demandTamperingShows(log, bit: Int(mode) >> 1, file) }
      try file.hold(log)
    }
    try checkReaders(file, count: log.count)
  } catch {
    throw Broken(error.description)
  }
}

private func check(_ found: AuditVerification) throws(Broken) {
  try demandOneLine(found.description, "the verdict")
  let lines = VerificationReport(found).text(.plain).split(separator: "\n", omittingEmptySubsequences: false)
  for line in lines { try demandOneLine(String(line), "the report") }
  let findings = found.problems.count + found.notes.count + found.openClaims.count
  try demand(lines.count <= findings + 2, "\(findings) findings in \(lines.count) lines")
}

/// A record whose hash fits, written again from what was read, gives the same bytes; unless somebody else made it.
private func checkLines(_ log: [UInt8], isWhole: Bool) throws(Broken) {
  for line in log.split(separator: UInt8(ascii: "\n")) {
    guard let outline = RecordOutline(line) else { continue }
    let record = AuditRecord(line: line)
    if let record, let stamp = record.stamp, outline.hashFits {
      try demand(stamp.seq == outline.seq, "outline \(outline.seq), decoder \(stamp.seq)")
      try demand(record.event == outline.event, "outline and decoder differ on the event")
    }
  }
}

/// One bit of a log without fault: the fault is found.
private func demandTamperingShows(_ log: [UInt8], bit: Int, _ file: ScratchLog) throws(Broken) {
  var spoilt = log
  let index = bit * 8191 % log.count
  spoilt[index] ^= 1 << (bit % 8)
  try file.hold(spoilt)
  do throws(AuditError) {
    let found = try verifyAudit(files: [file.path])
    try lift { () throws(Broken) in
      try demand(!found.ok, "bit \(bit % 8) of byte \(index) was flipped, and the log is whole")
    }
  } catch {
    throw Broken(error.description)
  }
}

/// All who read a log that another process writes, whatever is in it.
private func checkReaders(_ file: ScratchLog, count: Int) throws(AuditError) {
  let scan = try SegmentScan(try OpenedFile.reading(file.path))
  let reader = AuditReader(try SegmentNames(active: file.path))
  let lines = try reader.lines(after: 3, limit: 5)
  let last = try AuditTail(path: file.path).last(2)
  try lift { () throws(Broken) in
    if let head = scan.head {
      try demand(head.outline.hashFits, "the writer would go on behind a record that does not fit")
      try demand(head.start < head.end && head.end <= Int64(count), "the head lies outside of the file")
    }
    try demand(lines.count <= 5, "more records than were asked for")
    let records = lines.bytes.split(separator: UInt8(ascii: "\n")).compactMap { RecordOutline($0)?.seq }
    try demand(records.count == lines.count, "what was read is no records")
    try demand(records.allSatisfy { $0 > 3 } && records == Set(records).sorted(), "records \(records)")
    try demand(last.count { $0 == UInt8(ascii: "\n") } <= 2, "the tail is too long")
  }
}

/// What is broken, through functions that throw the log's own errors.
private func lift(_ check: () throws(Broken) -> Void) throws(AuditError) {
  do throws(Broken) {
    try check()
  } catch {
    throw .path(error.description)
  }
}

/// The lines with the hashes that the chain asks for, where they have room for them.
private func resealed(_ log: [UInt8]) -> [UInt8] {
  let previousKey = Array(#","prevHash":""#.utf8)
  var hash = Array(repeating: UInt8(ascii: "0"), count: 64)
  var result: [UInt8] = []
  for line in log.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
    let body = line.dropLast(64 + 10 + 64 + 2)
    if body.suffix(previousKey.count).elementsEqual(previousKey), body.count + 140 == line.count {
      let covered = Array(body) + hash + [UInt8(ascii: "\"")]
      let own = Array(hexadecimal(sha256(hash + covered + [UInt8(ascii: "}")])).utf8)
      result += covered + Array(#","hash":""#.utf8) + own + Array(#""}"#.utf8)
      hash = own
    } else {
      result += line
    }
    result.append(UInt8(ascii: "\n"))
  }
  return Array(result.dropLast())
}

/// One file that each input is written to.
private final class ScratchLog: Sendable {
  static let shared = Result { () throws(Broken) in try ScratchLog() }

  let path: String
  private let descriptor: FileDescriptor

  private init() throws(Broken) {
    path = Scratch.directory + "/audit.jsonl"
    do {
      descriptor = try FileDescriptor.open(
        FilePath(path), .readWrite, options: [.create], permissions: .ownerReadWrite)
    } catch {
      throw Broken("\(path): \(error)")
    }
  }

  func hold(_ bytes: [UInt8]) throws(Broken) {
    do {
      try descriptor.resize(to: 0)
      try descriptor.seek(offset: 0, from: .start)
      try descriptor.writeAll(bytes)
    } catch {
      throw Broken("\(path): \(error)")
    }
  }
}
