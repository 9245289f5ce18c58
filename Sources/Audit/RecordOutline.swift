/// What a reader needs of every line, taken from its fixed places without decoding the rest.
///
/// So 100,000 lines are looked through in well under 100 ms; JSON is decoded only where the rest matters.
struct RecordOutline {
  let seq: UInt64
  /// RFC 3339, as it stands there.
  let time: ArraySlice<UInt8>
  /// The event's word; nil for one this version does not know.
  let event: AuditEvent?
  /// Only read for the events that have it first.
  let claimId: String?
  /// 64 lower-case hexadecimal digits each.
  let prevHash, hash: ArraySlice<UInt8>
  /// The line up to the `hash` member.
  private let covered: ArraySlice<UInt8>

  /// Reads a line without its newline; nil when it does not have the shape of a record.
  init?(_ line: ArraySlice<UInt8>) {
    guard let tail = Tail(line) else { return nil }
    var cursor = ByteCursor(line)
    guard cursor.skip(Member.start), let seq = cursor.number(), cursor.skip(Member.time),
      let time = cursor.text(), cursor.skip(Member.bootId), cursor.text() != nil, cursor.skip(Member.event),
      let word = cursor.text()
    else { return nil }
    self.seq = seq
    self.time = time
    event = AuditEvent(rawValue: String(decoding: word, as: UTF8.self))
    let claim = cursor.skip(Member.claimId) ? cursor.text() : nil
    claimId = claim.map { String(decoding: $0, as: UTF8.self) }
    prevHash = tail.prevHash
    hash = tail.hash
    covered = tail.covered
  }

  /// Whether the line's bytes give the hash that stands in it.
  var hashFits: Bool { recordHash(prevHash: prevHash, covered: covered).utf8.elementsEqual(hash) }

  private enum Member {
    static let start = Array(#"{"eventVersion":1,"seq":"#.utf8)
    static let time = Array(#","time":""#.utf8)
    static let bootId = Array(#","bootId":""#.utf8)
    static let event = Array(#","event":""#.utf8)
    static let claimId = Array(#","claimId":""#.utf8)
  }

  // The end of every line: `,"prevHash":"64 digits","hash":"64 digits"}`.
  private struct Tail {
    let prevHash, hash, covered: ArraySlice<UInt8>

    static let prevHashKey = Array(#","prevHash":""#.utf8)
    static let hashKey = Array(#"","hash":""#.utf8)
    static let end = Array(#""}"#.utf8)
    static let count = prevHashKey.count + 64 + hashKey.count + 64 + end.count

    init?(_ line: ArraySlice<UInt8>) {
      guard line.count >= Self.count else { return nil }
      var cursor = ByteCursor(line.suffix(Self.count))
      guard cursor.skip(Self.prevHashKey), let previous = cursor.digest(), cursor.skip(Self.hashKey),
        let own = cursor.digest(), cursor.skip(Self.end)
      else { return nil }
      prevHash = previous
      hash = own
      covered = line[..<(previous.endIndex + 1)]
    }
  }
}

/// Walks over a line from left to right.
private struct ByteCursor {
  private let line: ArraySlice<UInt8>
  private var position: Int

  init(_ line: ArraySlice<UInt8>) {
    self.line = line
    position = line.startIndex
  }

  mutating func skip(_ literal: [UInt8]) -> Bool {
    let end = position + literal.count
    guard end <= line.endIndex, line[position..<end].elementsEqual(literal) else { return false }
    position = end
    return true
  }

  // Decimal digits without a leading zero; nil when there are none. At most 18: what follows can be counted on.
  mutating func number() -> UInt64? {
    let digits = line[position...].prefix(18).prefix { (0x30...0x39).contains($0) }
    guard let first = digits.first, first != 0x30 else { return nil }
    position = digits.endIndex
    return UInt64(String(decoding: digits, as: UTF8.self))
  }

  // The text up to the closing quote, which is skipped; escapes stay as they are.
  mutating func text() -> ArraySlice<UInt8>? {
    let start = position
    while position < line.endIndex, line[position] != UInt8(ascii: "\"") {
      position += line[position] == UInt8(ascii: "\\") ? 2 : 1
    }
    guard position < line.endIndex else { return nil }
    defer { position += 1 }
    return line[start..<position]
  }

  mutating func digest() -> ArraySlice<UInt8>? {
    let end = position + 64
    guard end <= line.endIndex, line[position..<end].allSatisfy(isLowerCaseHexDigit) else { return nil }
    defer { position = end }
    return line[position..<end]
  }
}

private func isLowerCaseHexDigit(_ byte: UInt8) -> Bool {
  (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
}
