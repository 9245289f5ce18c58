import AWS
import HTTPServer

/// What a drill came to: the answer to `POST /drill`.
struct DrillDocument: JSONDocument {
  /// Where the time went, in milliseconds; null for what could not be measured.
  struct Steps: JSONDocument {
    /// From the request until the intent is in the audit log.
    var request: Double
    var sign: Double
    /// A round trip to EC2's front end, measured just before by the same connection.
    @OrNull var wire: Double?
    /// What EC2 took for the call beyond that.
    var ec2: Double
    /// From EC2's acceptance until the instance metadata lists the address.
    @OrNull var imds: Double?

    var total: Double { (request + sign + (wire ?? 0) + ec2 + (imds ?? 0)).inMicroseconds }
  }

  var claimId: String
  var vip: String
  var networkInterfaceId: String
  var awsRequestId: String
  /// The instance metadata lists the address.
  var confirmed: Bool
  /// The claims' connection was not open: it is kept so between two claims.
  var newConnection: Bool
  var stepMilliseconds: Steps
  var totalMilliseconds: Double
}

/// The call that moves the drill's address.
extension Routes {
  func drill(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
    try access.mayAct(request)
    let arrivedAt = DaemonClock.uptime()
    _ = try Query(request, allowing: [])
    _ = try self.body(NoBody.self, of: request, byDefault: NoBody())
    switch daemon.answer({ await $0.drill(arrivedAt: arrivedAt, actor: request.actor) }) {
    case .success(let document): return try Self.json(document, status: 200)
    case .failure(let refusal): throw .noDrill(refusal)
    }
  }
}

extension Problem {
  fileprivate static func noDrill(_ refusal: DrillRefusal) -> Problem {
    switch refusal {
    case .notConfigured:
      conflict(
        "no address is set aside for drills",
        "set vip under [drill] to a free address in the interface's subnet, and reload")
    case .paused: .paused
    case .busy: conflict("a claim or another drill is under way", "try again when it has ended")
    case .notReady(let reason):
      Problem(status: 503, title: "No drill", detail: "not ready: \(reason)", remedy: "see vipad check")
    case .outside(let vip, let subnets):
      conflict(
        "the drill's address \(vip) is outside \(subnets.joined(separator: ", ")), where this router's interface is",
        "correct vip under [drill]")
    case .notRecorded(let reason):
      Problem(
        status: 503, title: "The audit log fails", detail: "nothing was sent: \(reason)",
        remedy: "mend the disk, then drill again")
    case .refused(let failure, let claimId): ec2Refused(failure, claimId: claimId)
    }
  }

  private static func conflict(_ detail: String, _ remedy: String) -> Problem {
    Problem(status: 409, title: "No drill", detail: detail, remedy: remedy)
  }

  private static func ec2Refused(_ failure: EC2Failure, claimId: String) -> Problem {
    var members = [Member("claimId", .string(claimId))]
    if let code = failure.errorCode { members.append(Member("errorCode", .string(code))) }
    if let id = failure.awsRequestId { members.append(Member("awsRequestId", .string(id))) }
    return Problem(
      status: 502, title: "EC2 refused the drill", detail: failure.cause, remedy: failure.remedy,
      members: members)
  }
}
