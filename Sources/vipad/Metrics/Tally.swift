import AWS
import Audit
import Synchronization

/// What is counted since the start, for /metrics.
///
/// Not swift-metrics: its factory is global (nothing is, here), it hands out one lock per series where all of these
/// change together, and writing Prometheus's text would still be ours: its Prometheus back end needs a second
/// registry and knows no series that is read from a picture, as most of vipad's are.
final class Tally: Sendable {
  /// A part of a claim's way.
  enum Phase: String, CaseIterable, Sendable {
    /// From the event to handing the first Assign to the transport.
    case eventToWire = "event_to_wire"
    /// An accepted Assign: from handing it over to the end of EC2's answer.
    case ec2
    /// From EC2's acceptance to the instance metadata's word.
    case confirmation
  }

  struct ClaimLabels: Hashable, Sendable {
    var group: String
    var cause: AuditCause
    var outcome: AuditOutcome
  }

  struct CallLabels: Hashable, Sendable {
    var action: String
    /// EC2's code as sent, `ok`, `http_503` or the like without one, `unanswered`, `cancelled`.
    var code: String
  }

  struct NotificationLabels: Hashable, Sendable {
    var event: News.Event
    var outcome: NotifyDocument.Outcome
  }

  struct Counts: Sendable {
    var claims: [ClaimLabels: UInt64] = [:]
    var phases: [Phase: Histogram] = Dictionary(
      uniqueKeysWithValues: Phase.allCases.map { ($0, Histogram()) })
    var calls: [CallLabels: UInt64] = [:]
    var callSeconds: [String: Histogram] = [:]
    /// Checks by the MASTER's guard and looks for a confirmation, by whether they got an answer.
    var answeredLooks: UInt64 = 0
    var failedLooks: UInt64 = 0
    var holdDowns: [String: UInt64] = [:]
    var notifications: [NotificationLabels: UInt64] = [:]
    var failedNotificationAttempts: UInt64 = 0
  }

  /// More codes than EC2 has would be somebody's play with memory.
  private static let mostSeries = 256
  private let state = Mutex(Counts())
  private let changes = Atomic<UInt64>(0)

  var counts: Counts { state.withLock { $0 } }

  /// Grows with each change; read without a lock, for every poll asks.
  var version: UInt64 { changes.load(ordering: .acquiring) }

  /// A claim got its one outcome, be it at the next start.
  func claimEnded(_ claim: KeptClaim?) {
    guard let claim, let cause = claim.cause else { return }
    change {
      $0.claims[ClaimLabels(group: claim.group, cause: cause, outcome: claim.outcome), default: 0] += 1
    }
  }

  func took(_ phase: Phase, seconds: Double) {
    change { $0.phases[phase, default: Histogram()].note(seconds: seconds) }
  }

  /// One call to EC2 came to its end.
  func called(_ report: EC2CallReport) {
    change { counts in
      var labels = CallLabels(action: report.action, code: report.code)
      if counts.calls.count >= Self.mostSeries, counts.calls[labels] == nil { labels.code = "other" }
      counts.calls[labels, default: 0] += 1
      counts.callSeconds[report.action, default: Histogram()].note(seconds: report.milliseconds / 1000)
    }
  }

  /// The interface's addresses were asked for, for the guard or a confirmation.
  func looked(isAnswered: Bool) {
    change { if isAnswered { $0.answeredLooks += 1 } else { $0.failedLooks += 1 } }
  }

  /// The brake, or the guard's pause in a claim war, holds a claim of that group back.
  func heldDown(_ group: String) {
    change { $0.holdDowns[group, default: 0] += 1 }
  }

  /// A notification came to its end.
  func notified(_ event: News.Event, _ outcome: NotifyDocument.Outcome) {
    change { $0.notifications[NotificationLabels(event: event, outcome: outcome), default: 0] += 1 }
  }

  /// An attempt to deliver one failed.
  func notificationFailed() {
    change { $0.failedNotificationAttempts += 1 }
  }

  private func change(_ change: (inout Counts) -> Void) {
    state.withLock { change(&$0) }
    changes.wrappingAdd(1, ordering: .releasing)
  }
}

extension EC2CallReport {
  fileprivate var code: String {
    if isCancelled { return "cancelled" }
    if isSuccess { return "ok" }
    return errorCode ?? httpStatus.map { "http_\($0)" } ?? "unanswered"
  }
}
