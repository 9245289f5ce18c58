import Digest

/// A record's line as it stands in the file: the one place where the order of the members and the hash are made.
struct RecordLine {
  /// The line with its newline.
  let bytes: [UInt8]
  /// The record's hash: 64 lower-case hexadecimal digits.
  let hash: String

  /// Writes a record as number `seq` behind the record whose hash is `prevHash`.
  init(_ record: AuditRecord, seq: UInt64, bootId: String, prevHash: String) {
    var line = RecordLine(record, seq, bootId, prevHash, RecordLimits.steps[0])
    for limits in RecordLimits.steps.dropFirst() where line.bytes.count > RecordLimits.maximumLineBytes {
      line = RecordLine(record, seq, bootId, prevHash, limits)
    }
    self = line
  }

  /// Writes a record that is in no chain: number 0.
  init(unchained record: AuditRecord, bootId: String) {
    self.init(record, seq: 0, bootId: bootId, prevHash: Chain.zeros)
  }

  private init(
    _ record: AuditRecord, _ seq: UInt64, _ bootId: String, _ prevHash: String, _ limits: RecordLimits
  ) {
    var writer = JSONObjectWriter()
    writer.add("eventVersion", 1)
    writer.add("seq", seq)
    writer.add("time", Timestamp.text(record.time), maximumBytes: limits.textBytes)
    writer.add("bootId", bootId, maximumBytes: limits.textBytes)
    writer.addSubject(of: record, limits)
    writer.addCourse(of: record, limits)
    writer.add("prevHash", prevHash, maximumBytes: 64)
    self.init(sealing: writer, prevHash: prevHash)
  }

  private init(sealing writer: JSONObjectWriter, prevHash: String) {
    var writer = writer
    hash = recordHash(prevHash: Array(prevHash.utf8)[...], covered: writer.bytes[...])
    writer.add("hash", hash, maximumBytes: 64)
    writer.close()
    bytes = writer.bytes + [UInt8(ascii: "\n")]
  }
}

/// The chain's hash: SHA-256 over the previous hash's 64 digits and the line without newline and `hash` member.
///
/// `covered` is the line up to that member; the closing brace that follows it is added here.
func recordHash(prevHash: ArraySlice<UInt8>, covered: ArraySlice<UInt8>) -> String {
  var message: [UInt8] = []
  message.reserveCapacity(prevHash.count + covered.count + 1)
  message.append(contentsOf: prevHash)
  message.append(contentsOf: covered)
  message.append(UInt8(ascii: "}"))
  return hexadecimal(sha256(message))
}

extension JSONObjectWriter {
  // What the record is about, and who asked for it.
  fileprivate mutating func addSubject(of record: AuditRecord, _ limits: RecordLimits) {
    let text = limits.textBytes
    add("event", record.event.rawValue, maximumBytes: text)
    add("claimId", record.claimId, maximumBytes: text)
    add("group", record.group, maximumBytes: text)
    add("cause", record.cause?.rawValue, maximumBytes: text)
    if let actor = record.actor { add("actor") { $0.addMembers(of: actor, limits) } }
    addList("vips", omitted: "vipsOmitted", record.vips, limits)
    addList("refusedVips", omitted: "refusedVipsOmitted", record.refusedVips, limits)
    add("instanceId", record.instanceId, maximumBytes: text)
    add("networkInterfaceId", record.networkInterfaceId, maximumBytes: text)
    add("previousNetworkInterfaceId", record.previousNetworkInterfaceId, maximumBytes: text)
    add("region", record.region, maximumBytes: text)
    add("generation", record.generation)
    add("priority", record.priority)
  }

  // How it went.
  fileprivate mutating func addCourse(of record: AuditRecord, _ limits: RecordLimits) {
    addAttempts(of: record, limits)
    add("outcome", record.outcome?.rawValue, maximumBytes: limits.textBytes)
    add("acceptedMilliseconds", milliseconds: record.acceptedMilliseconds)
    add("confirmedMilliseconds", milliseconds: record.confirmedMilliseconds)
    add("clockSkewMilliseconds", milliseconds: record.clockSkewMilliseconds)
    add("chainId", record.chainId, maximumBytes: limits.textBytes)
    addList("openClaims", omitted: "openClaimsOmitted", record.openClaims, limits)
    if let head = record.peerHead { add("peerHead") { $0.addMembers(of: head, limits) } }
    if let head = record.ownHead { add("ownHead") { $0.addMembers(of: head, limits) } }
    if let head = record.otherHead { add("otherHead") { $0.addMembers(of: head, limits) } }
    add("detail", record.detail, maximumBytes: limits.detailBytes)
  }

  private mutating func addAttempts(of record: AuditRecord, _ limits: RecordLimits) {
    let surplus = max(0, record.attempts.count - limits.firstAttempts - limits.lastAttempts)
    let first = record.attempts.prefix(surplus > 0 ? limits.firstAttempts : .max)
    let last = surplus > 0 ? record.attempts.suffix(limits.lastAttempts) : []
    add("attempts", Array(first + last)) { $0.addMembers(of: $1, limits) }
    let omitted = record.attemptsOmitted + surplus
    if omitted > 0 { add("attemptsOmitted", omitted) }
  }

  private mutating func addMembers(of attempt: AuditAttempt, _ limits: RecordLimits) {
    add("n", attempt.n)
    add("httpStatus", attempt.httpStatus)
    add("errorCode", attempt.errorCode, maximumBytes: limits.textBytes)
    add("awsRequestId", attempt.awsRequestId, maximumBytes: limits.textBytes)
    add("milliseconds", milliseconds: attempt.milliseconds)
  }

  private mutating func addMembers(of actor: AuditActor, _ limits: RecordLimits) {
    add("uid", actor.uid)
    add("gid", actor.gid)
    add("pid", actor.pid)
    add("address", actor.address, maximumBytes: limits.textBytes)
  }

  private mutating func addMembers(of head: AuditChainHead, _ limits: RecordLimits) {
    add("chainId", head.chainId, maximumBytes: 32)
    add("seq", head.seq)
    add("hash", head.hash, maximumBytes: 64)
  }

  private mutating func addList(
    _ name: StaticString, omitted: StaticString, _ texts: [String], _ limits: RecordLimits
  ) {
    add(name, Array(texts.prefix(limits.listed)), maximumBytes: limits.textBytes)
    if texts.count > limits.listed { add(omitted, texts.count - limits.listed) }
  }
}
