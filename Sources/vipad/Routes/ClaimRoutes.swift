import Audit
import Failover
import HTTPServer

/// The calls with an effect, and the one that follows a claim.
extension Routes {
  /// How long a caller waits for the record of what it is told.
  static let recordPatienceMilliseconds = 250

  func claim(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
    try access.mayAct(request)
    let waitSeconds = try Query(request, allowing: ["wait"]).waitSeconds()
    let body = try self.body(ClaimBody.self, of: request, byDefault: ClaimBody())
    let group = try groups.group(named: body.group)
    let wish = try Wish(body, now: DaemonClock.uptime()).transition
    let isForced = body.force ?? false
    let (answer, refusal) = daemon.answer { daemon in
      let answer = await daemon.claim(group, wish, isForced: isForced, actor: request.actor)
      return (answer, await daemon.refusal(of: answer))
    }
    switch answer {
    case .claim(let id):
      if let refusal { throw .awaitsLog(claimId: id, reason: refusal) }
      let claim = try self.claim(id, waitSeconds: waitSeconds, request)
      return waitSeconds > 0 ? try outcome(of: claim) : try pending(claim)
    case .stale(let newest): throw .stale(newest)
    case .notMaster(let reason): throw .notMaster(reason, group: group)
    case .paused: throw .paused
    case .withdrawn: throw .withdrawn
    case .standby, nil:
      throw Problem(status: 500, detail: "the group answered a claim with its standby state")
    }
  }

  func standby(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
    try access.mayAct(request)
    _ = try Query(request, allowing: [])
    let body = try self.body(StandbyBody.self, of: request, byDefault: StandbyBody())
    let group = try groups.group(named: body.group)
    let wish = try Wish(body, now: DaemonClock.uptime()).transition
    let state = daemon.answer { await $0.standby(group, wish, actor: request.actor) }
    return try Self.json(StandbyDocument(group: group, state: state?.rawValue), status: 200)
  }

  func claimById(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
    let waitSeconds = try Query(request, allowing: ["wait"]).waitSeconds()
    let id = String(request.path.dropFirst("/claims/".count))
    return try Self.json(document(try claim(id, waitSeconds: waitSeconds, request)), status: 200)
  }

  /// A claim, after waiting for it if there is room among those who wait.
  private func claim(_ id: String, waitSeconds: Double, _ request: HTTPRequest) throws(Problem) -> Claim {
    let entry =
      waitSeconds > 0
      ? waiters.whileWaiting(request.peer, or: board.entry(id)) {
        board.waitForAnswer(of: id, atMost: .seconds(waitSeconds))
      } : board.entry(id)
    guard let entry else {
      throw Problem(
        status: 404, detail: "no claim has this id",
        remedy: "the last \(ClaimBoard.kept) are kept: see /audit")
    }
    if let outcome = entry.outcome {
      _ = daemon.answer {
        await outcome.written(withinMilliseconds: Self.recordPatienceMilliseconds, by: $0.thread.alarm)
      }
    }
    return entry.claim
  }

  private func outcome(of claim: Claim) throws(Problem) -> HTTPResponse {
    if claim.isHeld { return try Self.json(document(claim), status: 200, headers: location(of: claim)) }
    guard claim.outcome == nil else { throw .ended(claim) }
    guard claim.refused.isEmpty else {
      return Problem.needsOperator(claim).response(headers: location(of: claim))
    }
    return try pending(claim)
  }

  private func pending(_ claim: Claim) throws(Problem) -> HTTPResponse {
    try Self.json(document(claim), status: 202, headers: location(of: claim))
  }

  private func location(of claim: Claim) -> [(name: String, value: String)] {
    [(name: "Location", value: "/claims/\(claim.id)")]
  }

  private func document(_ claim: Claim) -> ClaimDocument { ClaimDocument(claim, clock: daemon.clock) }

  func body<Body: JSONBodyKeys>(
    _ type: Body.Type, of request: HTTPRequest, byDefault: Body
  ) throws(Problem) -> Body {
    guard !request.body.isEmpty else { return byDefault }
    try request.requireJSONContentType()
    return try JSONBody.decode(type, from: request.body)
  }

  static func json(
    _ document: some JSONDocument, status: Int, headers: [(name: String, value: String)] = [],
    lease: LongAnswers.Lease? = nil
  ) throws(Problem) -> HTTPResponse {
    do {
      let bytes = try document.jsonBytes()
      lease?.shrink(toBytes: bytes.count)
      return HTTPResponse(
        status: status, headers: [(name: "Content-Type", value: "application/json")] + headers, body: bytes,
        lease: lease)
    } catch {
      throw Problem(status: 500, detail: "the answer could not be written as JSON: \(error)")
    }
  }
}

/// The answer to `POST /standby`.
struct StandbyDocument: JSONDocument {
  var group: String
  @OrNull var state: String?
}
