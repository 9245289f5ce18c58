internal import SigV4
internal import struct FoundationEssentials.Date

extension EC2Client {
  /// Signs a call and sends it once; a success is an answer with status 200 and an XML body.
  ///
  /// `mark` goes into the User-Agent.
  func send(
    _ call: EC2Call, with held: HeldCredentials, by transport: any Transport, mark: String?
  ) async throws(EC2Failure) -> (answer: EC2Answer, signMilliseconds: Double) {
    let outcome: Result<(answer: EC2Answer, signMilliseconds: Double), EC2Failure>
    do {
      outcome = .success(try await exchange(call, with: held, by: transport, mark: mark))
    } catch {
      outcome = .failure(error)
    }
    report?(EC2CallReport(call, outcome.map(\.answer)))
    return try outcome.get()
  }

  private func exchange(
    _ call: EC2Call, with held: HeldCredentials, by transport: any Transport, mark: String?
  ) async throws(EC2Failure) -> (answer: EC2Answer, signMilliseconds: Double) {
    let begunAt = ContinuousClock.now
    let signedAt = clockSkew.signingDate(Date())
    let request = signed(call, with: held.credentials, at: signedAt, mark: mark)
    let signMilliseconds = (ContinuousClock.now - begunAt) / .milliseconds(1)
    let response: TransportResponse
    do {
      response = try await transport.send(request)
    } catch {
      throw call.failure(error)
    }
    let answer = EC2Answer(call: call, response: response)
    let clockCorrected = learn(response, errorCode: answer.errorCode, signedAt: signedAt)
    guard let failure = answer.failure(clockCorrected: clockCorrected) else {
      return (answer, signMilliseconds)
    }
    throw failure
  }

  private func signed(
    _ call: EC2Call, with credentials: Credentials, at date: Date, mark: String?
  ) -> TransportRequest {
    let headers: [(name: String, value: String)] = [
      ("Host", endpoint.authority),
      ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"),
    ]
    let body = call.body
    let signable = SignableRequest(method: "POST", path: "/", query: "", headers: headers, body: body)
    let signature = sign(signable, with: credentials, scope: scope, at: date)
    return TransportRequest(
      method: "POST", url: "\(endpoint.url)/",
      headers: headers + signature + [("User-Agent", userAgent(mark))], body: body,
      connectTimeoutMilliseconds: timeouts.connectMilliseconds,
      timeoutMilliseconds: timeouts.requestMilliseconds)
  }

  /// Names vipad and the claim, so that a record of the audit log can be found in CloudTrail.
  func userAgent(_ mark: String?) -> String {
    "vipad/\(version)" + (mark.map { " \($0)" } ?? "")
  }

  /// Learns the clock's skew from an answer; true when signing anew is worthwhile.
  func learn(_ response: TransportResponse, errorCode: String?, signedAt: Date? = nil) -> Bool {
    clockSkew.learn(
      dateHeader: response.header("Date"), ageHeader: response.header("Age"), sentAt: response.sentAt,
      receivedAt: response.receivedAt, errorCode: errorCode, signedAt: signedAt)
  }

  /// Sends one cheap unsigned request by the claims' connection, so that it is open and proven.
  ///
  /// `GET /ping` is answered by EC2's front end and is no API call: it costs nothing of the quota. Any
  /// status is proof. A connection found dead is replaced at once. A claim that arrives meanwhile does not
  /// wait: the transport gives it another connection.
  @discardableResult
  public func keepWarm() async throws(TransportError) -> WarmConnection {
    do {
      return try await ping()
    } catch {
      guard error.reusedConnection, error.kind != .cancelled else { throw error }
      return try await ping()
    }
  }

  private func ping() async throws(TransportError) -> WarmConnection {
    let request = TransportRequest(
      url: "\(endpoint.url)/ping", headers: [("User-Agent", userAgent(nil))],
      connectTimeoutMilliseconds: timeouts.connectMilliseconds,
      timeoutMilliseconds: timeouts.connectMilliseconds)
    let response = try await claims.send(request)
    _ = learn(response, errorCode: nil)
    return WarmConnection(
      newConnection: response.newConnection, remoteAddress: response.remoteAddress,
      connectionKept: response.connectionKept, milliseconds: response.milliseconds)
  }
}

extension EC2Call {
  /// The failure of a call that has no answer.
  func failure(_ error: TransportError) -> EC2Failure {
    let needsOperator: [TransportError.Kind] = [.certificate, .refusedRequest]
    return EC2Failure(
      call: action, subject: subject,
      failureClass: needsOperator.contains(error.kind) ? .configuration : .transient,
      message: error.description, milliseconds: error.milliseconds, wasSent: error.wasSent,
      isCancelled: error.kind == .cancelled)
  }
}

/// The text with everything that could break out of a log line or header taken away, cut where it is long.
///
/// What EC2 and the instance metadata say is kept with each attempt of a claim: ids and codes are short, and
/// whatever answers in their place must not fill the memory.
func printable(_ text: String) -> String { printable(text, longest: 256) }

/// The same with a longest length of its own, in characters.
func printable(_ text: String, longest: Int) -> String {
  let scalars = text.unicodeScalars.prefix(longest)
  return String(String.UnicodeScalarView(scalars.filter { !$0.properties.isControlLike }))
}

extension Unicode.Scalar.Properties {
  fileprivate var isControlLike: Bool {
    [.control, .format, .lineSeparator, .paragraphSeparator].contains(generalCategory)
  }
}
