import Audit
import FoundationEssentials

/// Something that happened and is to be told: handed over by the daemon as it stands, put into words elsewhere.
struct News: Sendable {
  /// What kinds of news there are.
  enum Event: String, CaseIterable, Encodable {
    /// A claim was accepted: VIPs moved to this router.
    case failover
    /// Another router keeps taking a group's VIPs.
    case contended
    /// It does no more.
    case contendedEnded
    /// A failover to this router would not have worked for some time.
    case notReady
    /// It would again.
    case ready
  }

  enum Facts: Sendable {
    /// A claim with the receipt of its outcome's record.
    case failover(KeptClaim, AuditTicket)
    /// A group's verdict went to or left `contended`.
    case contention(verdict: String, began: Bool)
    case readiness(StatusDocument.Readiness, since: Date)
  }

  var facts: Facts
  /// When it happened.
  var time: Date
  /// The group it is about; nil where it is about the router.
  var group: String?
  var instanceId: String?

  var event: Event {
    switch facts {
    case .failover: .failover
    case .contention(_, let began): began ? .contended : .contendedEnded
    case .readiness(let readiness, _): readiness.ready ? .ready : .notReady
    }
  }
}
