import Audit
import Failover
import HTTPServer

/// The HTTP API: which call is answered by what.
///
/// Nothing else in vipad chooses HTTP statuses.
struct Routes: Sendable {
  let daemon: Daemon
  let board: ClaimBoard
  let snapshots: Snapshots
  let metricsPage: MetricsPage
  let statusPage: StatusPage
  let history: ClaimHistory
  let log: AuditLog
  let groups: GroupNames
  let waiters: WaiterLimit
  let longAnswers: LongAnswers
  let access: Access

  /// Answers a request; called on the connection's own thread.
  func answer(_ request: HTTPRequest) -> HTTPResponse {
    do throws(Problem) {
      return try route(request)
    } catch {
      return error.status == 401
        ? error.response(headers: [(name: "WWW-Authenticate", value: "Bearer")]) : error.response
    }
  }

  /// The calls, those first that are polled.
  private func route(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
    try access.admit(request)
    try access.requireServed(request.path)
    switch request.path {
    case "/status": return try get(request, kept(snapshots.status, request))
    case "/metrics": return try get(request, metrics(request))
    case "/": return try get(request, page(request))
    case "/readyz": return try get(request, readiness(request))
    case "/healthz": return try get(request, health(request))
    case "/whoami": return try get(request, kept(snapshots.whoami, request))
    case "/claim": return try post(request, claim(request))
    case "/standby": return try post(request, standby(request))
    case "/pause": return try post(request, pause(request))
    case "/resume": return try post(request, resume(request))
    case "/drill": return try post(request, drill(request))
    case "/claims": return try get(request, claims(request))
    case "/audit": return try get(request, audit(request))
    case "/favicon.ico": return try get(request, icon(request))
    case "/openapi.json": return try get(request, description(request))
    case let path where path.hasPrefix("/claims/"): return try get(request, claimById(request))
    default:
      throw Problem(
        status: 404, detail: "nothing is at this path", remedy: "see /openapi.json for what there is")
    }
  }

  /// What looks takes HEAD too.
  private func get(
    _ request: HTTPRequest, _ answer: @autoclosure () throws(Problem) -> HTTPResponse
  ) throws(Problem) -> HTTPResponse {
    guard request.method == "GET" || request.method == "HEAD" else {
      return Self.refusal(allowing: "GET, HEAD")
    }
    return try answer()
  }

  private func post(
    _ request: HTTPRequest, _ answer: @autoclosure () throws(Problem) -> HTTPResponse
  ) throws(Problem) -> HTTPResponse {
    guard request.method == "POST" else { return Self.refusal(allowing: "POST") }
    return try answer()
  }

  private static func refusal(allowing methods: String) -> HTTPResponse {
    Problem(status: 405, detail: "this path does not take that method")
      .response(headers: [(name: "Allow", value: methods)])
  }
}
