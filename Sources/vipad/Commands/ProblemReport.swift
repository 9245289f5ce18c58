/// A refusal of the daemon (RFC 9457, application/problem+json) as cause and remedy.
struct ProblemReport {
  let text: String

  init(_ answer: DaemonAnswer) {
    guard let problem = answer.value, let title = problem["title"]?.shown else {
      text = "the daemon answered with status \(answer.status) and no reason; see: journalctl -u vipad"
      return
    }
    let detail = problem["detail"].map { ": \($0.shown)" } ?? ""
    let remedy = problem["remedy"].map { ["  remedy: \($0.shown)"] } ?? []
    let refused = problem["refused"]?.elements.map(Self.refusal) ?? []
    text = (["\(title)\(detail)"] + remedy + refused + Self.details(problem)).joined(separator: "\n")
  }

  /// A VIP that EC2 refused.
  private static func refusal(_ item: JSONValue) -> String {
    let reason = [item["errorCode"], item["message"]].compactMap { $0?.shown }.joined(separator: ": ")
    return "  refused \(item["vip"]?.shown ?? "-"): \(reason)"
  }

  /// What else stands in the answer: EC2's code and request id above all.
  private static func details(_ problem: JSONValue) -> [String] {
    let shown: Set = ["type", "title", "status", "detail", "remedy", "refused"]
    return problem.members.filter { !shown.contains($0.name) && $0.value != .null }
      .map { "  \($0.name): \($0.value.shown)" }
  }
}
