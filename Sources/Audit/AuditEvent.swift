/// What a record of the audit log tells of; the raw values are the words in the file.
public enum AuditEvent: String, Sendable, Codable, CaseIterable {
  /// The daemon serves: everything before it belongs to an earlier process.
  case started
  /// The daemon stopped of its own accord.
  case stopped
  /// EC2 is about to be asked for the addresses; written before the call leaves.
  case claimIntent
  /// What became of an intent; exactly one for each.
  case claimOutcome
  /// The instance metadata shows the addresses on this interface.
  case claimConfirmed
  /// The group is not MASTER here any more.
  case standby
  /// Claims and the guard were stopped by an operator.
  case paused
  /// Claims and the guard go on.
  case resumed
  /// A transition was told that the evidence did not bear out.
  case stale
  /// The instance or network interface is another than before.
  case identityChanged
  /// Another configuration is in force.
  case configurationChanged
  /// EC2 says that an address is here of which the log has no accepted claim.
  case recovered
  /// Records are missing here: the disk failed for too long, or a last line was torn.
  case gap
  /// Where the peer's chain ends: a witness for its log, as the peer's records are for this one.
  case peerHead
  /// Another copy of this chain was written on: two logs tell of the time after.
  case forked
  /// The first record of each file.
  case segmentStarted
}

/// Why the daemon acted.
public enum AuditCause: String, Sendable, Codable, CaseIterable {
  /// A VRRP transition, told by the hook.
  case vrrp
  /// A person, by the command line.
  case `operator`
  /// The VIP appeared on or left the kernel's interface.
  case address
  /// The MASTER's own check found the VIP elsewhere.
  case guardCheck = "guard"
  /// The daemon found the state when it started.
  case startup
  /// A drill, which moves only the address that is set aside for it.
  case drill
}

/// What became of a claim.
public enum AuditOutcome: String, Sendable, Codable, CaseIterable {
  /// EC2 answered 200 to this claim's own call.
  case accepted
  /// EC2 showed the addresses here already; nothing was moved.
  case alreadyHeld
  /// The router stopped being MASTER, or the daemon stopped, before EC2 accepted.
  case cancelled
  /// A newer claim of the same group took over.
  case superseded
  /// Configuration or identity withdrew the claim.
  case failed
  /// Whether EC2 carried the call out could not be found out.
  case unknown
  /// The daemon ended in between; EC2 shows that the claim went through.
  case recoveredAccepted
  /// The daemon ended in between; EC2 shows that the claim did not go through.
  case recoveredNotApplied

  /// Whether the addresses were this router's by this claim.
  public var holdsAddresses: Bool {
    switch self {
    case .accepted, .alreadyHeld, .recoveredAccepted: true
    case .cancelled, .superseded, .failed, .unknown, .recoveredNotApplied: false
    }
  }
}
