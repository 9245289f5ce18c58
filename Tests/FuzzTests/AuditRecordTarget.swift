import FoundationEssentials

@testable import Audit

/// A record with texts from outside in it: its line is one line of JSON, and says the same when it is read back.
func checkAuditRecord(_ input: [UInt8]) throws(Broken) {
  var source = Source(bytes: input[...])
  let record = source.record()
  let seq = UInt64(source.byte()) + 1
  let prevHash = String(repeating: "a", count: 64)
  let line = RecordLine(record, seq: seq, bootId: source.text(), prevHash: prevHash)
  let bytes = line.bytes.dropLast()
  try demand(line.bytes.last == UInt8(ascii: "\n"), "the line is not ended")
  try demand(line.bytes.count <= 4096, "the line has \(line.bytes.count) bytes")
  guard let text = String(validating: bytes, as: UTF8.self) else { throw Broken("the line is not UTF-8") }
  try demandOneLine(text, "the line")
  guard let outline = RecordOutline(bytes) else { throw Broken("the outline is not found: \(text)") }
  try demand(outline.seq == seq && outline.event == record.event && outline.hashFits, "outline of \(text)")
  guard let read = AuditRecord(line: bytes), let stamp = read.stamp else {
    throw Broken("the decoder refuses it: \(text)")
  }
  try demand(read.event == record.event && stamp.hash == line.hash, "the decoder reads \(read)")
  // Of a list that is cut the line says only how much is missing.
  if text.contains("Omitted\":") { return }
  let again = RecordLine(read, seq: seq, bootId: stamp.bootId, prevHash: prevHash)
  try demand(
    again.bytes == line.bytes,
    "written again it is \(String(decoding: again.bytes, as: UTF8.self)), not \(text)")
}

/// Takes values from an input, each from a few bytes of it.
private struct Source {
  var bytes: ArraySlice<UInt8>

  mutating func byte() -> UInt8 { bytes.popFirst() ?? 0 }

  /// A text of a length that comes first; every fourth one is long.
  mutating func text() -> String {
    let length = Int(byte())
    let taken = bytes.prefix(length)
    bytes = bytes.dropFirst(length)
    let text = String(decoding: taken, as: UTF8.self)
    return length % 4 == 3 ? String(repeating: text, count: 16) : text
  }

  mutating func optionalText() -> String? { byte() % 2 == 0 ? nil : text() }

  mutating func texts() -> [String] { (0..<(byte() % 8)).map { _ in text() } }

  mutating func number() -> Double? {
    let bits = (0..<8).reduce(UInt64(0)) { bits, _ in bits << 8 | UInt64(byte()) }
    return bits % 2 == 0 ? nil : Double(bitPattern: bits)
  }

  mutating func choice<Value>(_ values: [Value]) -> Value { values[Int(byte()) % values.count] }

  mutating func time() -> Date {
    let milliseconds = (0..<6).reduce(UInt64(0)) { $0 << 8 | UInt64($1) + UInt64(byte()) }
    return Date(timeIntervalSince1970: Double(milliseconds % 253_402_300_799_999) / 1000)
  }

  mutating func record() -> AuditRecord {
    var record = AuditRecord(choice(AuditEvent.allCases), at: time())
    record.claimId = optionalText()
    record.group = optionalText()
    record.cause = choice(AuditCause.allCases.map(Optional.init) + [nil])
    if byte() % 2 == 1 {
      record.actor = AuditActor(uid: UInt32(byte()), gid: nil, pid: Int32(byte()), address: optionalText())
    }
    (record.vips, record.refusedVips, record.openClaims) = (texts(), texts(), texts())
    (record.instanceId, record.networkInterfaceId) = (optionalText(), optionalText())
    (record.previousNetworkInterfaceId, record.region) = (optionalText(), optionalText())
    record.generation = byte() % 2 == 1 ? UInt64(byte()) : nil
    record.priority = byte() % 2 == 1 ? Int(byte()) : nil
    record.attempts = (0..<Int(byte() % 32)).map { attempt($0 + 1) }
    record.outcome = choice(AuditOutcome.allCases.map(Optional.init) + [nil])
    (record.acceptedMilliseconds, record.clockSkewMilliseconds) = (number(), number())
    (record.chainId, record.detail) = (optionalText(), optionalText())
    (record.peerHead, record.ownHead, record.otherHead) = (head(), head(), head())
    return record
  }

  private mutating func head() -> AuditChainHead? {
    byte() % 2 == 0 ? nil : AuditChainHead(chainId: text(), seq: UInt64(byte()), hash: text())
  }

  private mutating func attempt(_ n: Int) -> AuditAttempt {
    AuditAttempt(
      n: n, httpStatus: byte() % 2 == 1 ? Int(byte()) : nil, errorCode: optionalText(),
      awsRequestId: optionalText(), milliseconds: number())
  }
}
