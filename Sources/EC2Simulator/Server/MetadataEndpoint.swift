import HTTPServer

extension Simulation {
  /// Answers a request at one router's metadata service.
  func answerMetadata(_ http: HTTPRequest, router: String) -> HTTPResponse {
    var call = call(http, .imds, action: http.path, listener: "imds \(router)")
    call.router = router
    let arrival = arrive(call)
    delay(arrival.fault.delayBeforeMilliseconds, of: arrival)
    let answer =
      arrival.fault.httpStatus.map { MetadataService.Answer(httpStatus: $0) }
      ?? change { state, now in state.metadataAnswer(MetadataService.Request(http), router: router, at: now) }
    var headers = [
      (name: "Content-Type", value: arrival.fault.contentType ?? "text/plain"),
      (name: "Server", value: "EC2ws"),
    ]
    if let seconds = answer.ttlSeconds {
      headers.append(("X-aws-ec2-metadata-token-ttl-seconds", String(seconds)))
    }
    let body = arrival.fault.body ?? (answer.httpStatus < 400 ? answer.body : htmlError(answer.httpStatus))
    return finish(arrival, EC2Answer(httpStatus: answer.httpStatus, body: body), headers: headers)
  }

  private func htmlError(_ status: Int) -> String {
    """
    <?xml version="1.0" encoding="iso-8859-1"?>
    <html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">
     <head><title>\(status)</title></head><body><h1>\(status)</h1></body>
    </html>
    """
  }
}

extension SimulatorState {
  mutating func metadataAnswer(
    _ request: MetadataService.Request, router: String, at now: Moment
  ) -> MetadataService.Answer {
    guard var service = metadata[router] else { return MetadataService.Answer(httpStatus: 404) }
    defer { metadata[router] = service }
    return service.answer(request, world: world, keyring: &keyring, at: now)
  }
}

extension MetadataService.Request {
  fileprivate init(_ http: HTTPRequest) {
    self.init(
      method: http.method, path: http.path,
      ttlSeconds: http.header("X-aws-ec2-metadata-token-ttl-seconds"),
      token: http.header("X-aws-ec2-metadata-token"), isForwarded: http.header("X-Forwarded-For") != nil)
  }
}
