import Audit
import Failover
import HTTPServer

/// The HTTP API: which call is answered by what.
///
/// Nothing else in vipad chooses HTTP statuses.
struct Routes: Sendable {
  typealias Handler = @Sendable (Routes, HTTPRequest) throws(Problem) -> HTTPResponse

  let daemon: Daemon
  let board: ClaimBoard
  let snapshots: Snapshots
  let metricsPage: MetricsPage
  let statusPage: StatusPage
  let history: ClaimHistory
  let log: AuditLog
  let groups: GroupNames
  let waiters: WaiterLimit
  let access: Access

  /// The calls with a fixed path; `/claims/{claimId}` is found by its prefix.
  private static let table: [String: [String: Handler]] = [
    "/": ["GET": { routes, request throws(Problem) in try routes.page(request) }],
    "/favicon.ico": ["GET": { routes, request throws(Problem) in try routes.icon(request) }],
    "/claims": ["GET": { routes, request throws(Problem) in try routes.claims(request) }],
    "/claim": ["POST": { routes, request throws(Problem) in try routes.claim(request) }],
    "/standby": ["POST": { routes, request throws(Problem) in try routes.standby(request) }],
    "/pause": ["POST": { routes, request throws(Problem) in try routes.pause(request) }],
    "/resume": ["POST": { routes, request throws(Problem) in try routes.resume(request) }],
    "/status": [
      "GET": { routes, request throws(Problem) in try routes.kept(routes.snapshots.status, request) }
    ],
    "/whoami": [
      "GET": { routes, request throws(Problem) in try routes.kept(routes.snapshots.whoami, request) }
    ],
    "/metrics": ["GET": { routes, request throws(Problem) in try routes.metrics(request) }],
    "/readyz": ["GET": { routes, request throws(Problem) in try routes.readiness(request) }],
    "/drill": ["POST": { routes, request throws(Problem) in try routes.drill(request) }],
    "/healthz": ["GET": { routes, request throws(Problem) in try routes.health(request) }],
    "/audit": ["GET": { routes, request throws(Problem) in try routes.audit(request) }],
    "/openapi.json": ["GET": { routes, request throws(Problem) in try routes.description(request) }],
  ]

  private static let claimById: [String: Handler] = [
    "GET": { routes, request throws(Problem) in try routes.claimById(request) }
  ]

  /// Answers a request; called on the connection's own thread.
  func answer(_ request: HTTPRequest) -> HTTPResponse {
    do throws(Problem) {
      return try route(request)
    } catch {
      return error.status == 401
        ? error.response(headers: [(name: "WWW-Authenticate", value: "Bearer")]) : error.response
    }
  }

  private func route(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
    try access.admit(request)
    try access.requireServed(request.path)
    let calls = request.path.hasPrefix("/claims/") ? Self.claimById : Self.table[request.path]
    guard let calls else {
      throw Problem(
        status: 404, detail: "nothing is at this path", remedy: "see /openapi.json for what there is")
    }
    guard let handler = calls[request.method == "HEAD" ? "GET" : request.method] else {
      return Self.methodNotAllowed(calls)
    }
    return try handler(self, request)
  }

  private static func methodNotAllowed(_ calls: [String: Handler]) -> HTTPResponse {
    let allowed = calls.keys.flatMap { $0 == "GET" ? ["GET", "HEAD"] : [$0] }.sorted()
    return Problem(status: 405, detail: "this path does not take that method")
      .response(headers: [(name: "Allow", value: allowed.joined(separator: ", "))])
  }
}
