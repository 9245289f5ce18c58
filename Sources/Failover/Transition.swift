/// A VRRP state as keepalived names it (keepalived.conf(5), notify scripts).
public enum VRRPState: String, Sendable, Hashable, CaseIterable {
  case master = "MASTER"
  case backup = "BACKUP"
  case fault = "FAULT"
  case stop = "STOP"
}

/// Why something was asked for.
public enum Cause: String, Sendable, Hashable, CaseIterable {
  /// A VRRP transition, told by the hook.
  case vrrp
  /// A person.
  case `operator`
  /// The VIP appeared on the VRRP interface.
  case address
  /// The guard found the VIP elsewhere.
  case `guard`
  /// The evidence at start.
  case startup
}

/// A change of the VRRP state, as a hook or an operator told it.
public struct Transition: Sendable, Hashable {
  /// The state that the group went to.
  public var state: VRRPState
  /// When it happened: hooks are ordered by it, not by their arrival.
  public var uptime: Uptime
  /// Who told it.
  public var cause: Cause
  /// The VRRP priority at the transition, if it was told.
  public var priority: Int?

  /// A transition to `state` at `uptime`.
  public init(to state: VRRPState, at uptime: Uptime, cause: Cause, priority: Int? = nil) {
    self.state = state
    self.uptime = uptime
    self.cause = cause
    self.priority = priority
  }
}
