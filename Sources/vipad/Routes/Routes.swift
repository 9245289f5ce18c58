import Audit
import Failover
import HTTPServer

/// The HTTP API: which call is answered by what.
///
/// Nothing else in vipad chooses HTTP statuses.
struct Routes: Sendable {
  typealias Handler = @Sendable (Routes, HTTPRequest) throws(Problem) -> HTTPResponse

  /// What a path serves: one that looks takes HEAD too.
  struct Call: Sendable {
    let methods: [String]
    let answer: Handler

    static func get(_ answer: @escaping Handler) -> Call { Call(methods: ["GET", "HEAD"], answer: answer) }
    static func post(_ answer: @escaping Handler) -> Call { Call(methods: ["POST"], answer: answer) }
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

  /// The calls with a fixed path, those first that are polled: few texts are compared sooner than one is hashed.
  private let calls: [(path: String, call: Call)] = [
    (
      "/status", .get { routes, request throws(Problem) in try routes.kept(routes.snapshots.status, request) }
    ),
    ("/metrics", .get { routes, request throws(Problem) in try routes.metrics(request) }),
    ("/", .get { routes, request throws(Problem) in try routes.page(request) }),
    ("/readyz", .get { routes, request throws(Problem) in try routes.readiness(request) }),
    ("/healthz", .get { routes, request throws(Problem) in try routes.health(request) }),
    (
      "/whoami", .get { routes, request throws(Problem) in try routes.kept(routes.snapshots.whoami, request) }
    ),
    ("/claim", .post { routes, request throws(Problem) in try routes.claim(request) }),
    ("/standby", .post { routes, request throws(Problem) in try routes.standby(request) }),
    ("/pause", .post { routes, request throws(Problem) in try routes.pause(request) }),
    ("/resume", .post { routes, request throws(Problem) in try routes.resume(request) }),
    ("/drill", .post { routes, request throws(Problem) in try routes.drill(request) }),
    ("/claims", .get { routes, request throws(Problem) in try routes.claims(request) }),
    ("/audit", .get { routes, request throws(Problem) in try routes.audit(request) }),
    ("/favicon.ico", .get { routes, request throws(Problem) in try routes.icon(request) }),
    ("/openapi.json", .get { routes, request throws(Problem) in try routes.description(request) }),
  ]

  private let claimById: Call = .get { routes, request throws(Problem) in try routes.claimById(request) }

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
    guard let call = call(at: request.path) else {
      throw Problem(
        status: 404, detail: "nothing is at this path", remedy: "see /openapi.json for what there is")
    }
    guard call.methods.contains(request.method) else {
      return Problem(status: 405, detail: "this path does not take that method")
        .response(headers: [(name: "Allow", value: call.methods.joined(separator: ", "))])
    }
    return try call.answer(self, request)
  }

  private func call(at path: String) -> Call? {
    for (known, call) in calls where known == path { return call }
    return path.hasPrefix("/claims/") ? claimById : nil
  }
}
