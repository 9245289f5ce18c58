import Failover
import FoundationEssentials

/// Whether a failover to this router would work now, and every check: the answer to `GET /readyz`.
struct ReadyDocument: JSONDocument {
  struct Check: JSONDocument {
    var name: String
    /// `ok`, `failed` or `unknown`.
    var state: String
    /// As it stands, it keeps this router from being ready.
    var blocking: Bool
    /// A fault of this router alone: what `vipad check --vrrp` looks at.
    var local: Bool
    var reason: String
    @OrNull var remedy: String?
    /// How long ago the check was made; null before the first time.
    @OrNull var ageSeconds: Double?
    /// Since when state, reason and remedy are what they are.
    var since: String
  }

  var ready: Bool
  /// `daemon`, or `command` where `vipad check` made the checks itself.
  var source: String
  var checks: [Check]

  init(_ readiness: Readiness, source: String, clock: DaemonClock) {
    let now = DaemonClock.uptime()
    ready = readiness.isReady
    self.source = source
    checks = readiness.checks.map { check in
      Check(
        name: check.name.rawValue, state: check.state.rawValue, blocking: readiness.isBlocking(check),
        local: check.isLocalFault,
        reason: [check.detail, check.reading].compactMap(\.self).joined(separator: "; "),
        remedy: check.remedy, ageSeconds: check.age(at: now).map { $0.inSeconds },
        since: clock.date(of: check.since).rfc3339)
    }
  }
}

extension ReadinessCheck {
  /// The check failed, and no outage of AWS can be the cause.
  var isLocalFault: Bool { state == .failed && name.isLocal }
}

extension Duration {
  /// Seconds with three decimals.
  fileprivate var inSeconds: Double { max(0, (self / .milliseconds(1)).rounded() / 1000) }
}

extension StatusDocument.Readiness {
  /// The checks without their ages: nothing in it changes by itself.
  init(_ readiness: Failover.Readiness, clock: DaemonClock) {
    self.init(
      ready: readiness.isReady,
      checks: readiness.checks.map { check in
        StatusDocument.Check(
          name: check.name.rawValue, ok: check.state == .ok, state: check.state.rawValue,
          blocking: readiness.isBlocking(check), detail: check.detail, remedy: check.remedy,
          checkedAt: clock.date(of: check.since).rfc3339)
      })
  }
}
