import Digest

/// Where a chain stands: all that is needed to go on with it.
struct Chain: Sendable {
  static let zeros = String(repeating: "0", count: 64)

  /// 32 random hexadecimal digits.
  let id: String
  /// The last record's number; 0 before the first.
  private(set) var seq: UInt64 = 0
  /// The last record's hash.
  private(set) var headHash = Chain.zeros
  /// Whether the last record began a segment.
  private(set) var isAtSegmentStart = false
  /// Claims with an intent and no outcome.
  private(set) var openClaims = OpenClaims()
  /// Where the peer's chain was last seen to end, and which record says so.
  private(set) var peerHead: (head: AuditChainHead, seq: UInt64)?

  /// The last record, as others may name it.
  var head: AuditChainHead { AuditChainHead(chainId: id, seq: seq, hash: headHash) }

  /// Continues a chain behind the record `head`.
  init(
    id: String, head: RecordOutline, openClaims: OpenClaims, peerHead: (head: AuditChainHead, seq: UInt64)?
  ) {
    self.id = id
    self.openClaims = openClaims
    self.peerHead = peerHead
    seq = head.seq
    headHash = String(decoding: head.hash, as: UTF8.self)
    isAtSegmentStart = head.event == .segmentStarted
  }

  private init(id: String) { self.id = id }

  /// Begins a chain.
  static func new() throws(AuditError) -> Chain {
    do throws(DigestError) {
      return Chain(id: hexadecimal(try randomBytes(16)))
    } catch {
      throw .system(operation: "make a chain id for", path: "the audit log", reason: "\(error)")
    }
  }

  /// The record as the chain's next line.
  func line(_ record: AuditRecord, bootId: String) -> RecordLine {
    var record = record
    if record.event == .started || record.event == .segmentStarted { record.chainId = id }
    if record.event == .segmentStarted {
      record.openClaims = openClaims.list
      record.peerHead = peerHead?.head
    }
    return RecordLine(record, seq: seq + 1, bootId: bootId, prevHash: headHash)
  }

  /// Moves the head on to a line that was written.
  mutating func advance(_ record: AuditRecord, _ line: RecordLine) {
    seq += 1
    headHash = line.hash
    isAtSegmentStart = record.event == .segmentStarted
    openClaims.note(record.event, record.claimId)
    if let head = record.farthestPeerHead { peerHead = (head, seq) }
  }
}
