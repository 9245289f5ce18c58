public import FoundationEssentials

/// One record of the audit log: who moved what, why, and what EC2 said.
///
/// A member that is nil or an empty list is left out of the line. The order of the members in the file is
/// that of the declarations here; `docs/audit-log.md` is the reference.
public struct AuditRecord: Sendable, Equatable {
  /// When it happened; kept in milliseconds.
  public var time: Date
  /// What happened.
  public var event: AuditEvent
  /// The claim it belongs to; also in the User-Agent of the claim's EC2 calls.
  public var claimId: String?
  /// The group of VIPs.
  public var group: String?
  /// Why the daemon acted.
  public var cause: AuditCause?
  /// Who asked for it.
  public var actor: AuditActor?
  /// The virtual IP addresses meant.
  public var vips: [String] = []
  /// Of these, the ones EC2 refused while it accepted the others.
  public var refusedVips: [String] = []
  /// This router's instance.
  public var instanceId: String?
  /// The network interface the addresses are to be on.
  public var networkInterfaceId: String?
  /// The network interface they were on before, as far as known.
  public var previousNetworkInterfaceId: String?
  /// The AWS Region.
  public var region: String?
  /// Which transition of the group the claim belongs to.
  public var generation: UInt64?
  /// The VRRP priority, where the hook told it.
  public var priority: Int?
  /// The calls to EC2, oldest first; the log keeps the first 4 and the last 12.
  public var attempts: [AuditAttempt] = []
  /// How many attempts are not listed.
  public var attemptsOmitted: Int = 0
  /// What became of the claim.
  public var outcome: AuditOutcome?
  /// From the request to EC2's acceptance.
  public var acceptedMilliseconds: Double?
  /// From the request to the confirmation by the instance metadata.
  public var confirmedMilliseconds: Double?
  /// EC2's clock minus this router's.
  public var clockSkewMilliseconds: Double?
  /// The chain, in `started` and `segmentStarted`; filled in by the log.
  public internal(set) var chainId: String?
  /// In `segmentStarted`: claims with an intent and no outcome in earlier segments; filled in by the log.
  public internal(set) var openClaims: [String] = []
  /// Where the peer's chain ends, in `peerHead`; the last one known, in `segmentStarted`: filled in by the log.
  public var peerHead: AuditChainHead?
  /// Where this chain ended when it was found out, in `forked`.
  public var ownHead: AuditChainHead?
  /// What somebody else knows of this chain and it does not have, in `forked`; in `peerHead`, the farther end
  /// that the peer's chain had before.
  public var otherHead: AuditChainHead?
  /// One line of words.
  public var detail: String?
  /// What the log adds when it writes a record; nil until then.
  public internal(set) var stamp: AuditStamp?

  /// Makes a record of an event; everything else is set on the value.
  public init(_ event: AuditEvent, at time: Date) {
    self.event = event
    self.time = time
  }
}

/// What the log itself adds to a record.
public struct AuditStamp: Sendable, Equatable {
  /// The record's number in its chain, from 1.
  public let seq: UInt64
  /// The boot of the machine the record was written in.
  public let bootId: String
  /// The hash of the record before: 64 hexadecimal digits, zeros for the first.
  public let prevHash: String
  /// The record's own hash: 64 hexadecimal digits.
  public let hash: String
}

/// Who asked: a process on the Unix socket, or an address over TCP.
public struct AuditActor: Sendable, Equatable, Codable {
  /// The peer's user.
  public var uid: UInt32?
  /// The peer's group.
  public var gid: UInt32?
  /// The peer's process.
  public var pid: Int32?
  /// The peer's IP address.
  public var address: String?

  /// Names the peer of a request; what is not known stays nil.
  public init(uid: UInt32? = nil, gid: UInt32? = nil, pid: Int32? = nil, address: String? = nil) {
    self.uid = uid
    self.gid = gid
    self.pid = pid
    self.address = address
  }
}

/// One call to EC2 within a claim.
public struct AuditAttempt: Sendable, Equatable, Codable {
  /// The attempt's number in its claim, from 1.
  public var n: Int
  /// The HTTP status, where an answer came.
  public var httpStatus: Int?
  /// EC2's error code as it was sent, or the transport's reason.
  public var errorCode: String?
  /// The id CloudTrail knows the call by.
  public var awsRequestId: String?
  /// How long the exchange took.
  public var milliseconds: Double?

  /// Describes one exchange; what did not come stays nil.
  public init(
    n: Int, httpStatus: Int? = nil, errorCode: String? = nil, awsRequestId: String? = nil,
    milliseconds: Double? = nil
  ) {
    self.n = n
    self.httpStatus = httpStatus
    self.errorCode = errorCode
    self.awsRequestId = awsRequestId
    self.milliseconds = milliseconds
  }
}
