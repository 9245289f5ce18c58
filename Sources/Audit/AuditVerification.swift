/// What a verification found.
public struct AuditVerification: Sendable, Equatable, CustomStringConvertible {
  /// What is wrong, in the order of the records; the first 1,000 of it.
  public internal(set) var problems: [AuditFinding] = []
  /// How many problems there are in all.
  public internal(set) var problemCount = 0
  /// What is worth knowing and not wrong: where the log begins, gaps that are accounted for; the first 1,000.
  public internal(set) var notes: [AuditFinding] = []
  /// Claims with an intent and without outcome at the end of the log, oldest first.
  public internal(set) var openClaims: [String] = []
  /// How many whole records were read.
  public internal(set) var records = 0
  /// The number of the first record.
  public internal(set) var firstSeq: UInt64?
  /// The number of the last record.
  public internal(set) var lastSeq: UInt64?
  /// The last record's hash: with `lastSeq` what `--expect` takes.
  public internal(set) var headHash: String?
  /// The chain's id, where a `segmentStarted` or `started` record was read.
  public internal(set) var chainId: String?

  /// Whether nothing is wrong.
  public var ok: Bool { problemCount == 0 }

  /// One line: the verdict, the records' range and the head.
  public var description: String {
    let verdict = ok ? "whole" : "BROKEN, \(problemCount) problem\(problemCount == 1 ? "" : "s")"
    guard let firstSeq, let lastSeq, let headHash else { return "\(verdict): no records" }
    let open = openClaims.isEmpty ? "" : ", \(openClaims.count) claim(s) without outcome"
    return "\(verdict): \(records) records, \(firstSeq) to \(lastSeq)\(open), head \(lastSeq):\(headHash)"
  }

  mutating func addProblem(_ finding: AuditFinding) {
    problemCount += 1
    if problems.count < 1000 { problems.append(finding) }
  }

  mutating func addNote(_ finding: AuditFinding) {
    if notes.count < 1000 { notes.append(finding) }
  }
}

/// One thing found in a log, with its place.
public struct AuditFinding: Sendable, Equatable, CustomStringConvertible {
  /// The file's path.
  public let file: String
  /// The line in the file, from 1; 0 for the file as a whole.
  public internal(set) var line: Int
  /// What was found, in words.
  public let message: String

  /// `FILE:LINE: what was found`.
  public var description: String { line > 0 ? "\(file):\(line): \(message)" : "\(file): \(message)" }
}

/// A record that a log must still contain: its number and its hash.
public struct AuditHead: Sendable, Equatable, CustomStringConvertible {
  /// The record's number.
  public let seq: UInt64
  /// The record's hash: 64 lower-case hexadecimal digits.
  public let hash: String

  /// Names a record.
  public init(seq: UInt64, hash: String) {
    self.seq = seq
    self.hash = hash
  }

  /// Reads `SEQ:HASH`; nil unless it is a number, a colon and 64 lower-case hexadecimal digits.
  public init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let seq = UInt64(parts[0]), parts[1].utf8.count == 64,
      parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
    else { return nil }
    self.init(seq: seq, hash: String(parts[1]))
  }

  /// `SEQ:HASH`.
  public var description: String { "\(seq):\(hash)" }
}
