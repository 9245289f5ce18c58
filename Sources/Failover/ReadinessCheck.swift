/// One thing that a failover to this router needs, and how it stands.
public struct ReadinessCheck: Sendable, Hashable {
  /// The checks, causes before what follows from them: the first that fails is the one to mend first.
  public enum Name: String, Sendable, CaseIterable {
    /// The configuration file is in force as it stands.
    case configuration
    /// The instance metadata answers, or is not needed.
    case metadata
    /// Instance and interface are known, and the VIPs are in the interface's subnet.
    case identity
    /// There are credentials with time left, and refreshing them works.
    case credentials
    /// EC2's name resolves, its certificate is trusted, the claims' connection is open and proven.
    case ec2
    /// This router's clock is not so far off that EC2 would refuse signatures.
    case clock
    /// EC2 lets this router read who holds the VIPs.
    case describe
    /// EC2 lets this router assign addresses to its interface.
    case assign
    /// No VIP is an interface's primary address, which never moves.
    case vipAddress
    /// The interface has room for the VIPs that are not on it yet.
    case addressLimit
    /// EC2 forwards packets that are not the interface's own.
    case sourceDestCheck
    /// The other router's interface is in the same security groups.
    case securityGroups
    /// What shows who is MASTER can be seen: keepalived runs, addresses can be listed.
    case vrrp
    /// No software copies addresses of the instance metadata onto interfaces.
    case addressCopier
    /// The transition script is where keepalived or VyOS names it, and may be run.
    case hook
    /// The audit log takes records and has room.
    case audit
    /// What must survive a restart is kept.
    case state
    /// No operator has stopped all claims.
    case pause
    /// The daemon runs.
    case daemon
    /// Notifications reach the operator's webhook, as far as that can be told; only there where one is configured.
    case notify
  }

  /// How a check came out.
  public enum State: String, Sendable {
    /// It is as it must be.
    case ok
    /// It is not, or would not be at the next failover.
    case failed
    /// The check could not be made, was not made yet, or too long ago.
    case unknown
  }

  /// What is checked.
  public let name: Name
  /// How it came out.
  public internal(set) var state: State
  /// What was found, in words that change only when the finding does.
  public internal(set) var detail: String
  /// What the operator can do; nil where nothing needs doing.
  public internal(set) var remedy: String?
  /// A reading that changes by itself, as a round trip's time.
  public internal(set) var reading: String?
  /// Since when state, detail and remedy are what they are.
  public internal(set) var since: Uptime
  /// When the check was made last; nil before the first time.
  public internal(set) var madeAt: Uptime?

  /// How long ago the check was made.
  public func age(at now: Uptime) -> Duration? { madeAt.map { now - $0 } }
}

extension ReadinessCheck.Name {
  /// How long a result counts; nil where every change is told at once.
  var longestAge: Duration? {
    switch self {
    // The connection is proven every 20 s, the holders are read every 60 s, or 120 s around a probe.
    case .ec2, .clock: .seconds(120)
    case .describe, .vipAddress, .sourceDestCheck, .securityGroups: .seconds(300)
    case .addressCopier, .hook, .notify: .seconds(300)
    default: nil
    }
  }

  /// Whether a failover without this router's knowing of it could go wrong: then `unknown` is not ready either.
  var isEssential: Bool {
    switch self {
    case .configuration, .metadata, .identity, .credentials, .ec2, .describe, .vrrp, .audit, .state, .pause,
      .daemon:
      true
    default: false
    }
  }

  /// Whether the check only warns: a failover works without what is checked.
  var isAdvisory: Bool { self == .notify }

  /// Whether the check fails for a fault of this router alone, which no outage of AWS can be the cause of.
  ///
  /// What is not certain of that is none: a fault that both routers see would put both out of VRRP. So a configuration
  /// that was refused is none either: the same slip is rolled out to both, and the old settings stay in force.
  public var isLocal: Bool {
    switch self {
    case .vrrp, .addressCopier, .hook, .daemon: true
    default: false
    }
  }
}
