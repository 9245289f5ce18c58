import HTTPServer

extension Simulation {
  /// Answers a request at the EC2 endpoint.
  func answerEC2(_ http: HTTPRequest) -> HTTPResponse {
    let isRead = http.method == "GET" || http.method == "HEAD"
    if isRead && http.header("Authorization") == nil { return answerPing(http) }
    var call = call(http, .ec2, action: "", listener: "ec2")
    let request = EC2Request(http, requestId: call.requestId)
    describe(request, authorization: http.header("Authorization"), in: &call)
    let arrival = arrive(call)
    delay(arrival.fault.delayBeforeMilliseconds, of: arrival)
    let answer =
      arrival.fault.reset == .before
      ? EC2Answer(httpStatus: 0, body: "")
      : change { state, now in state.answer(request, disturbed: arrival.fault, at: now) }
    let contentType = arrival.fault.contentType ?? "text/xml;charset=UTF-8"
    return finish(
      arrival, answer,
      headers: [
        ("Content-Type", contentType), ("Server", "AmazonEC2"), ("x-amzn-RequestId", call.requestId),
        ("Cache-Control", "no-cache, no-store"),
      ])
  }

  /// Fills in what the log tells of an API call.
  private func describe(_ request: EC2Request, authorization: String?, in call: inout Call) {
    let parameters = request.parameters
    call = Call(
      service: .ec2, action: parameters["Action"] ?? "", method: call.method,
      networkInterfaceId: parameters["NetworkInterfaceId"] ?? parameters["NetworkInterfaceId.1"],
      privateIpAddresses: parameters.list("PrivateIpAddress"), connectionId: call.connectionId,
      newConnection: call.newConnection, requestId: call.requestId, userAgent: call.userAgent,
      arrivalUptimeNanoseconds: call.arrivalUptimeNanoseconds)
    guard let id = authorization.flatMap({ AuthorizationHeader($0) })?.accessKeyId else { return }
    call.accessKeyId = id
    call.router = look { $0.keyring[id]?.principal.router }
  }

  /// An unsigned GET or HEAD costs nothing and is no API call; EC2 says "healthy" at /ping.
  private func answerPing(_ http: HTTPRequest) -> HTTPResponse {
    let arrival = arrive(call(http, .ping, action: http.path, listener: "ec2"))
    delay(arrival.fault.delayBeforeMilliseconds, of: arrival)
    let isKnown = http.path == "/ping"
    var answer = EC2Answer(httpStatus: isKnown ? 200 : 301, body: isKnown ? "healthy" : "")
    answer.httpStatus = arrival.fault.httpStatus ?? answer.httpStatus
    let location = isKnown ? [] : [(name: "Location", value: "https://aws.amazon.com/ec2")]
    return finish(
      arrival, answer, headers: [("Content-Type", "text/plain"), ("Server", "AmazonEC2")] + location)
  }
}
