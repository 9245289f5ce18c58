import Audit
import Failover
import HTTPServer

/// The HTTP API: which call is answered by what.
///
/// Nothing else in vipad chooses HTTP statuses.
struct Routes: Sendable {
  typealias Handler = @Sendable (Routes, HTTPRequest) throws(Problem) -> HTTPResponse

  /// What a path serves.
  private enum Call {
    /// It looks: GET, and HEAD with it.
    case get(Handler)
    /// It acts.
    case post(Handler)
  }

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

  private func route(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
    try access.admit(request)
    try access.requireServed(request.path)
    switch Self.call(at: request.path) {
    case .get(let answer) where request.method == "GET" || request.method == "HEAD":
      return try answer(self, request)
    case .post(let answer) where request.method == "POST": return try answer(self, request)
    case .get: return Self.refusal(allowing: "GET, HEAD")
    case .post: return Self.refusal(allowing: "POST")
    case nil:
      throw Problem(
        status: 404, detail: "nothing is at this path", remedy: "see /openapi.json for what there is")
    }
  }

  private static func refusal(allowing methods: String) -> HTTPResponse {
    Problem(status: 405, detail: "this path does not take that method")
      .response(headers: [(name: "Allow", value: methods)])
  }

  /// The call at a path, those first that are polled.
  private static func call(at path: String) -> Call? {
    switch path {
    case "/status":
      .get { routes, request throws(Problem) in try routes.kept(routes.snapshots.status, request) }
    case "/metrics": .get { routes, request throws(Problem) in try routes.metrics(request) }
    case "/": .get { routes, request throws(Problem) in try routes.page(request) }
    case "/readyz": .get { routes, request throws(Problem) in try routes.readiness(request) }
    case "/healthz": .get { routes, request throws(Problem) in try routes.health(request) }
    case "/whoami":
      .get { routes, request throws(Problem) in try routes.kept(routes.snapshots.whoami, request) }
    case "/claim": .post { routes, request throws(Problem) in try routes.claim(request) }
    case "/standby": .post { routes, request throws(Problem) in try routes.standby(request) }
    case "/pause": .post { routes, request throws(Problem) in try routes.pause(request) }
    case "/resume": .post { routes, request throws(Problem) in try routes.resume(request) }
    case "/drill": .post { routes, request throws(Problem) in try routes.drill(request) }
    case "/claims": .get { routes, request throws(Problem) in try routes.claims(request) }
    case "/audit": .get { routes, request throws(Problem) in try routes.audit(request) }
    case "/favicon.ico": .get { routes, request throws(Problem) in try routes.icon(request) }
    case "/openapi.json": .get { routes, request throws(Problem) in try routes.description(request) }
    case _ where path.hasPrefix("/claims/"):
      .get { routes, request throws(Problem) in try routes.claimById(request) }
    default: nil
    }
  }
}
