public import FoundationEssentials

/// What the log tells of a claim that ended.
public struct RecordedClaim: Sendable, Equatable {
  /// The claim's `claimOutcome`.
  public let outcome: AuditRecord
  /// When its intent was made; nil where that is not in the stretch that was read.
  public internal(set) var startedAt: Date?
  /// From the request to the confirmation by the instance metadata, in milliseconds; nil without one.
  public let confirmedMilliseconds: Double?
}

/// Gathers claims from a log that is read from its end.
struct RecordedClaims {
  /// Newest first.
  private(set) var claims: [RecordedClaim] = []
  private let mostClaims: Int
  private var confirmed: [String: Double] = [:]
  private var places: [String: Int] = [:]

  init(atMost count: Int) { mostClaims = count }

  var isFull: Bool { claims.count >= mostClaims }

  /// Takes the record before the one taken last.
  ///
  /// Of intents and confirmations, two thirds of the records, only the one member that matters is read.
  mutating func take(_ line: ArraySlice<UInt8>) {
    guard let outline = RecordOutline(line), let claimId = outline.claimId else { return }
    switch outline.event {
    case .claimConfirmed: confirmed[claimId] = Self.confirmedMilliseconds(line)
    case .claimOutcome: takeOutcome(line, claimId)
    case .claimIntent:
      guard let place = places.removeValue(forKey: claimId) else { return }
      claims[place].startedAt = Timestamp.date(String(decoding: outline.time, as: UTF8.self))
    default: break
    }
  }

  private mutating func takeOutcome(_ line: ArraySlice<UInt8>, _ claimId: String) {
    guard !isFull, let record = AuditRecord(line: line) else { return }
    places[claimId] = claims.count
    claims.append(
      RecordedClaim(outcome: record, confirmedMilliseconds: confirmed.removeValue(forKey: claimId)))
  }

  private static let member = Array("\"confirmedMilliseconds\":".utf8)

  private static func confirmedMilliseconds(_ line: ArraySlice<UInt8>) -> Double? {
    var start = line.startIndex
    while let quote = line[start...].firstIndex(of: UInt8(ascii: "\"")) {
      let rest = line[quote...]
      if rest.starts(with: member) {
        let digits = rest.dropFirst(member.count).prefix {
          $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "}")
        }
        return Double(String(decoding: digits, as: UTF8.self))
      }
      start = quote + 1
    }
    return nil
  }
}

extension AuditReader {
  static let windowBytes: Int64 = 262_144

  /// The last claims that ended, oldest first; reads back from the newest segment as far as needed.
  func lastClaims(_ count: Int) throws(AuditError) -> [RecordedClaim] {
    var found = RecordedClaims(atMost: count)
    for file in try files(from: 0).reversed() {
      var end = try file.size()
      while end > 0, !found.isFull {
        let start = max(0, end - Self.windowBytes)
        for line in try lines(of: file, from: start, to: end).reversed() { found.take(line) }
        end = start
      }
    }
    return found.claims.reversed()
  }

  /// The lines that begin in a stretch of a file.
  private func lines(
    of file: OpenedFile, from start: Int64, to end: Int64
  ) throws(AuditError) -> [ArraySlice<UInt8>] {
    // One byte earlier: a line that begins right at the start is not cut off, and what is before it is skipped.
    var reader = LineReader(file, from: max(0, start - 1), chunkBytes: Int(Self.windowBytes))
    if start > 0 { _ = try reader.nextLine() }
    var lines: [ArraySlice<UInt8>] = []
    while let line = try reader.nextLine(), line.start < end {
      if line.isTerminated, !line.isOverlong { lines.append(line.bytes) }
    }
    return lines
  }
}
