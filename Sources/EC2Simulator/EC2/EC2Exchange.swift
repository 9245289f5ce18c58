import HTTPServer
import SigV4

/// One request at the EC2 endpoint.
struct EC2Request: Sendable {
  let signable: SignableRequest
  let parameters: Parameters
  let requestId: String

  init(_ request: HTTPRequest, requestId: String) {
    signable = SignableRequest(
      method: request.method, path: request.path, query: request.rawQuery, headers: request.headers,
      body: request.body)
    // A form body is written as a query is.
    let form = HTTPRequest(
      method: "GET", path: "/", rawQuery: String(decoding: request.body, as: UTF8.self), peer: request.peer)
    parameters = Parameters(request.query + form.query)
    self.requestId = requestId
  }
}

/// EC2's answer before it goes on the wire.
struct EC2Answer: Sendable, Equatable {
  var httpStatus: Int
  var body: String
  var errorCode: String?
  var message: String?

  init(httpStatus: Int, body: String) {
    self.httpStatus = httpStatus
    self.body = body
  }

  init(_ document: XMLElement) {
    httpStatus = 200
    body = document.document
  }

  init(_ error: EC2Error, requestId: String) {
    httpStatus = error.httpStatus
    body = error.body(requestId: requestId)
    errorCode = error.code
    message = error.message
  }

  /// Puts a fault's status, body and interface in place of the real ones.
  fileprivate mutating func replace(with fault: FaultEffect) {
    httpStatus = fault.httpStatus ?? httpStatus
    body = fault.body ?? body
    guard let other = fault.networkInterfaceId else { return }
    let parts = body.split(separator: "networkInterfaceId>", omittingEmptySubsequences: false)
    guard parts.count == 3 else { return }
    body = "\(parts[0])networkInterfaceId>\(other)</networkInterfaceId>\(parts[2])"
  }
}

extension SimulatorState {
  /// Answers an API call; a fault's error takes the answer's place, before or after the effect.
  mutating func answer(_ request: EC2Request, disturbed fault: FaultEffect, at now: Moment) -> EC2Answer {
    let takesEffect = fault.takesEffect ?? (fault.error == nil)
    let real = takesEffect ? answer(request, at: now) : nil
    if let error = fault.error { return EC2Answer(error, requestId: request.requestId) }
    var answer = real ?? EC2Answer(httpStatus: 200, body: "")
    answer.replace(with: fault)
    return answer
  }

  private mutating func answer(_ request: EC2Request, at now: Moment) -> EC2Answer {
    do throws(EC2Error) {
      let principal = try signatures.principal(of: request.signable, keyring: keyring, at: now.wall)
      let action = try action(of: request.parameters)
      try buckets.take(accountId: principal.accountId, action: action, at: now)
      let call = EC2Call(
        action: action, parameters: request.parameters, principal: principal, requestId: request.requestId)
      return EC2Answer(try world.perform(call, seen: seen(at: now), at: now))
    } catch {
      return EC2Answer(error, requestId: request.requestId)
    }
  }

  private func action(of parameters: Parameters) throws(EC2Error) -> EC2Action {
    guard let name = parameters["Action"] else {
      throw EC2Error("MissingAction", "The request is missing an action or a required parameter.")
    }
    guard parameters["Version"] == "2016-11-15" else {
      let version = parameters["Version"] ?? ""
      throw EC2Error(
        "NoSuchVersion", "The requested version (\(version)) of service AmazonEC2 does not exist")
    }
    guard let action = EC2Action(rawValue: name) else {
      throw EC2Error("InvalidAction", "The action \(name) is not valid for this web service.")
    }
    return action
  }
}
