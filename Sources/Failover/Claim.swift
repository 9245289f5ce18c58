/// One act of taking a group's VIPs: from the wish until EC2 has accepted it or it is given up.
public struct Claim: Sendable, Hashable {
  /// How a claim ended.
  public enum Outcome: String, Sendable, Hashable {
    /// EC2 accepted all VIPs.
    case accepted
    /// EC2 said, on a read begun after the wish, that all VIPs are here.
    case alreadyHeld
    /// The router left MASTER, or vipad was stopped.
    case cancelled
    /// A newer claim took its place.
    case superseded
    /// Configuration or identity withdrew it.
    case failed
    /// Cut while EC2 had the request: nobody can tell whether it was carried out.
    case unknown
  }

  /// 16 hexadecimal digits; part of the User-Agent of its EC2 calls.
  public let id: String
  /// The group's name.
  public let group: String
  /// Why it was begun.
  public let cause: Cause
  /// The event that it belongs to.
  public internal(set) var generation: UInt64
  /// The VRRP priority at the transition, if it was told.
  public let priority: Int?
  /// An operator's claim against the evidence: neither guarded nor a sign of MASTER.
  public let isForced: Bool
  /// When it was asked for.
  public let startedAt: Uptime

  /// What became of each VIP so far.
  public internal(set) var vips: [ClaimedVIP]
  /// The Assigns sent so far: the first 4 and the last 12.
  public internal(set) var attempts: [Attempt] = []
  /// How many attempts `attempts` leaves out.
  public internal(set) var attemptsOmitted = 0
  /// How it ended; nil while it goes on.
  public internal(set) var outcome: Outcome?
  /// When EC2 had accepted the last VIP.
  public internal(set) var acceptedAt: Uptime?
  /// When the instance metadata listed all VIPs.
  public internal(set) var confirmedAt: Uptime?
  /// When it ended.
  public internal(set) var endedAt: Uptime?
  /// The interface that held the (first) VIP before, as far as it was known.
  public internal(set) var previousNetworkInterfaceId: String?
  /// Accepted 60 s ago and still not in the instance metadata.
  public internal(set) var isUnconfirmed = false

  /// A hook asked for it and the evidence that this router is MASTER did not follow.
  public internal(set) var isStale = false

  /// Until when the evidence that this router is MASTER may follow the hook; nil when it need not.
  var witnessedBy: Uptime?
  /// The intent is in the audit log, or the log had its 250 ms.
  var intentIsRecorded = false
  /// EC2 is asked first; only a read begun at or after this moment counts.
  var readsAfter: Uptime?
  /// The VIPs of the Assign that is on the wire.
  var sending: [String]?
  /// The interface that the last Assign was for; nil before the first.
  public internal(set) var sentTo: String?
  /// EC2 refused the VIPs together: each is tried by itself.
  var isSplit = false
  /// The brake holds the next Assign back.
  var isHeldDown = false
  /// What the claim ends with once the Assign on the wire has come to an end.
  var endsWith: Outcome?

  init(
    id: String, group: String, vips: [String], wish: Transition, isForced: Bool, generation: UInt64,
    at now: Uptime
  ) {
    self.id = id
    self.group = group
    self.cause = wish.cause
    self.generation = generation
    self.priority = wish.priority
    self.isForced = isForced
    self.startedAt = now
    self.vips = vips.map { ClaimedVIP(address: $0, dueAt: now) }
  }

  /// The VIPs that need the operator, each with what EC2 said of it; empty while vipad can still help itself.
  public var refused: [ClaimedVIP] {
    guard outcome == nil, sending == nil else { return [] }
    let open = vips.filter { !$0.isAccepted }
    return open.allSatisfy(\.needsOperator) ? open : []
  }

  /// True while it waits for the evidence that this router is MASTER: nothing is sent or written yet.
  public var awaitsEvidence: Bool { witnessedBy != nil && outcome == nil }

  /// True when EC2 has accepted all VIPs or held them here already.
  public var isHeld: Bool { outcome == .accepted || outcome == .alreadyHeld }

  /// All VIPs are held by the one answer that ended the claim, none by an earlier one.
  var isHeldAtOnce: Bool {
    outcome == .alreadyHeld || outcome == .accepted && attempts.last?.vips.count == vips.count
  }
}

/// One VIP of a claim.
public struct ClaimedVIP: Sendable, Hashable {
  /// The address.
  public let address: String
  /// EC2 accepted it, or it was here already.
  public internal(set) var isAccepted = false
  /// Why the last Assign with it was not accepted.
  public internal(set) var refusal: Refusal?
  /// True when vipad can't mend the cause; it goes on trying at a slow pace.
  public internal(set) var needsOperator = false

  /// An Assign that brought no answer may have moved it, whatever came of later ones.
  var mayHaveMoved = false
  /// When it is to be tried next.
  var dueAt: Uptime
  /// Failures in a row of the same class.
  var failures = 0
  /// Its credentials were refused, and no refresh has come since.
  var awaitsRefresh = false
  /// Since when failures of this class follow one another.
  var failingSince: Uptime?

  init(address: String, dueAt: Uptime) {
    self.address = address
    self.dueAt = dueAt
  }
}

/// One Assign that was sent.
public struct Attempt: Sendable, Hashable {
  /// Counts the attempts of a claim from 1.
  public let n: Int
  /// The VIPs in the call.
  public let vips: [String]
  /// How long EC2 took.
  public let milliseconds: Double
  /// The HTTP status, if there was an answer.
  public let httpStatus: Int?
  /// EC2's code as it sent it; nil when it accepted.
  public let errorCode: String?
  /// EC2's request id.
  public let awsRequestId: String?
  /// Why it failed, in one line; nil when EC2 accepted.
  public let message: String?

  init(n: Int, vips: [String], answer: AssignAnswer) {
    self.n = n
    self.vips = vips
    self.milliseconds = answer.milliseconds
    switch answer.result {
    case .success(let acceptance):
      (httpStatus, awsRequestId) = (acceptance.httpStatus, acceptance.awsRequestId)
      (errorCode, message) = (nil, nil)
    case .failure(let refusal):
      (httpStatus, awsRequestId) = (refusal.httpStatus, refusal.awsRequestId)
      (errorCode, message) = (refusal.errorCode, refusal.message)
    }
  }
}
