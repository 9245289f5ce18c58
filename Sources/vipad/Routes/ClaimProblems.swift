import Failover
import HTTPServer

/// What a caller reads when a claim is not to be had.
extension Problem {
  static func stale(_ newest: Transition) -> Problem {
    Problem(
      status: 409, title: "Stale transition",
      detail: "a newer transition to \(newest.state.rawValue) is known, of uptime \(newest.uptime.seconds)")
  }

  static let paused = Problem(
    status: 409, title: "Paused", detail: "an operator has stopped all claims of this router",
    remedy: "vipad resume, or POST /resume")

  static let withdrawn = Problem(
    status: 503, title: "Withdrawn", detail: "vipad stops, or the configuration no longer has the group",
    remedy: "try again when vipad has started")

  static func notMaster(_ reason: String, group: String) -> Problem {
    Problem(
      status: 409, title: "Not MASTER", detail: "this router is not MASTER of group \(group): \(reason)",
      remedy: "move VRRP and the VIP follows; or claim once against the evidence with \"force\": true")
  }

  /// `onFailure = "refuse"`: the claim waits, and goes on as soon as its record can be written.
  static func awaitsLog(claimId: String, reason: String) -> Problem {
    Problem(
      status: 503, title: "The audit log fails",
      detail: "claim \(claimId) waits for the audit log: \(reason)",
      remedy: "mend the disk and the claim goes on; POST /standby ends it",
      members: [Member("claimId", .string(claimId))])
  }

  static func ended(_ claim: Claim) -> Problem {
    let outcome = claim.outcome?.rawValue ?? "pending"
    return Problem(
      status: 409, title: "Claim ended", detail: "claim \(claim.id) was \(outcome): \(reason(claim.outcome))",
      members: [Member("claimId", .string(claim.id)), Member("outcome", .string(outcome))])
  }

  static func needsOperator(_ claim: Claim) -> Problem {
    let first = claim.refused.first?.refusal
    var members = [
      Member("claimId", .string(claim.id)), Member("group", .string(claim.group)),
      Member("refused", .objects(claim.refused.map(member))),
    ]
    if let code = first?.errorCode { members.append(Member("errorCode", .string(code))) }
    if let id = first?.awsRequestId { members.append(Member("awsRequestId", .string(id))) }
    return Problem(
      status: 502, title: "EC2 refused the claim", detail: first?.message ?? "EC2 refused the claim",
      remedy: "vipad goes on trying; mend the cause, then read /claims/\(claim.id)", members: members)
  }

  private static func member(_ vip: ClaimedVIP) -> [Member] {
    [
      Member("vip", .string(vip.address)),
      Member("errorCode", vip.refusal?.errorCode.map(Value.string) ?? .null),
      Member("message", .string(vip.refusal?.message ?? "")),
    ]
  }

  private static func reason(_ outcome: Claim.Outcome?) -> String {
    switch outcome {
    case .cancelled: "this router left MASTER, or vipad stops"
    case .superseded: "a newer claim took its place"
    case .failed: "configuration or identity withdrew it"
    case .unknown: "it was cut while EC2 had the request; /status tells who holds the VIP"
    case .accepted, .alreadyHeld, nil: "it goes on"
    }
  }
}
