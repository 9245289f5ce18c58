import HTTPServer

/// The calls that stop all claims and let them go on.
extension Routes {
  /// A year: longer pauses are meant until resumed.
  static let longestPauseSeconds = 31_536_000.0

  func pause(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
    try access.mayAct(request)
    _ = try Query(request, allowing: [])
    let body = try self.body(PauseBody.self, of: request, byDefault: PauseBody())
    if let seconds = body.seconds, !(seconds > 0 && seconds <= Self.longestPauseSeconds) {
      throw .field("seconds", "must be more than 0 and at most \(Int(Self.longestPauseSeconds))")
    }
    let until = daemon.answer { await $0.pause(forSeconds: body.seconds, actor: request.actor) }
    return try Self.json(PauseDocument(paused: true, until: until?.rfc3339), status: 200)
  }

  func resume(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
    try access.mayAct(request)
    _ = try Query(request, allowing: [])
    _ = try self.body(NoBody.self, of: request, byDefault: NoBody())
    daemon.answer { await $0.resume(actor: request.actor) }
    return try Self.json(PauseDocument(paused: false, until: nil), status: 200)
  }
}

/// The answer to `POST /pause` and `POST /resume`.
struct PauseDocument: JSONDocument {
  var paused: Bool
  @OrNull var until: String?
}
