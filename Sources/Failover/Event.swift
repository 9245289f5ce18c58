/// What a group is told; each event carries all that is needed to decide.
public enum Event: Sendable {
  /// `POST /claim`: this router is MASTER, or an operator wants the VIPs here.
  case claimRequested(Transition, isForced: Bool)
  /// `POST /standby`: this router is not MASTER.
  case standbyRequested(Transition)
  /// What this router shows of its VRRP state was looked at.
  case evidenceChanged(Evidence)
  /// The configuration was read anew.
  case reconfigured(vips: [String], witness: Witness, guardPeriod: Duration)
  /// `POST /pause`: no claims and no guard.
  case paused
  /// `POST /resume`.
  case resumed
  /// The interface that the VIPs belong to is known, or is another one than before.
  case interfaceIdentified(networkInterfaceId: String)
  /// The intent of a claim is in the audit log, or the log had its time.
  case intentRecorded(claimId: String)
  /// An Assign came to an end.
  case assignAnswered(claimId: String, AssignAnswer)
  /// Credentials were refreshed, or are there for the first time.
  case credentialsRefreshed
  /// A read of EC2 that began at `begunAt`: the holder of each VIP, nil for nobody.
  case holdersRead(begunAt: Uptime, holders: [String: Holder])
  /// A read of EC2 failed.
  case holdersUnreadable
  /// The addresses that the instance metadata lists (without one: that EC2 does), asked at `begunAt`.
  case localAddressesRead(begunAt: Uptime, addresses: Set<String>)
  /// The instance metadata could not be read.
  case localAddressesUnreadable
  /// `nextWakeAt` has come.
  case timePassed
  /// vipad stops, or the configuration no longer has the group: nothing is claimed for it any more.
  case withdrawn(Claim.Outcome)
}

/// What an Assign came to.
public struct AssignAnswer: Sendable, Hashable {
  /// What EC2 says when it accepts.
  public struct Acceptance: Sendable, Hashable {
    /// The HTTP status.
    public var httpStatus: Int
    /// EC2's request id.
    public var awsRequestId: String?

    /// An acceptance.
    public init(httpStatus: Int, awsRequestId: String?) {
      self.httpStatus = httpStatus
      self.awsRequestId = awsRequestId
    }
  }

  /// Accepted, or why not.
  public var result: Result<Acceptance, Refusal>
  /// From handing over the request to the end of the answer.
  public var milliseconds: Double

  /// The answer to an Assign.
  public init(_ result: Result<Acceptance, Refusal>, milliseconds: Double) {
    self.result = result
    self.milliseconds = milliseconds
  }
}

/// What a group wants done.
public enum Effect: Sendable, Hashable {
  /// Answer whoever asked.
  case answer(Answer)
  /// Write the intent, then send `Event.intentRecorded`.
  case recordIntent(Claim)
  /// Send an Assign with these VIPs as attempt `n`, then `Event.assignAnswered`.
  case sendAssign(claimId: String, n: Int, vips: [String])
  /// Cut the Assign that is on the wire, so that it can't arrive later; it still ends in `Event.assignAnswered`.
  case cutAssign(claimId: String)
  /// Ask EC2 who holds the VIPs, then `Event.holdersRead` or `Event.holdersUnreadable`.
  case readHolders(vips: [String])
  /// Ask the instance metadata for this interface's addresses.
  case readLocalAddresses
  /// Read the credentials anew, then `Event.credentialsRefreshed`.
  case refreshCredentials
  /// Read the identity anew, then `Event.interfaceIdentified`.
  case findIdentity
  /// Write the one outcome of a claim.
  case recordOutcome(Claim)
  /// Write that a claim is confirmed.
  case recordConfirmed(Claim)
  /// Write that the group left MASTER, and by what evidence.
  case recordStandby(Transition, generation: UInt64, reason: String)
  /// Count that the brake, or the guard's pause in a claim war, holds a claim back: once for each Assign and pause.
  case countHoldDown
  /// Write that a hook was ignored, and why; with the claim that waited for the evidence and has ended with it.
  case recordStale(Transition, reason: String, ended: Claim? = nil)
}

/// What a caller is told.
public enum Answer: Sendable, Hashable {
  /// The claim with this id is under way, or has just been accepted.
  case claim(id: String)
  /// The group is not MASTER; nothing more is sent once `Group.isSilent`.
  case standby(VRRPState)
  /// The hook is older than what is known.
  case stale(newest: Transition)
  /// A claim against the evidence, in words.
  case notMaster(String)
  /// An operator has stopped all claims.
  case paused
  /// vipad stops, or the configuration no longer has the group.
  case withdrawn
}
