/// The instance metadata service, version 2 only: every question carries a session token.
///
/// One token is held for 6 h, renewed before its end, and fetched once for all who wait. A refused token
/// (401) is replaced once; 403 and 404 are answers. Source: EC2 User Guide, "Use the Instance Metadata
/// Service to access instance metadata".
public actor InstanceMetadata {
  private struct Token {
    let text: String
    let renewAt: ContinuousClock.Instant
  }

  private static let lifeSeconds = 21600
  // IMDS's tokens have 56 bytes; what is much longer comes from something else.
  private static let longestTokenBytes = 512
  // Early enough that no question meets the end of a token.
  private static let renewBeforeEndSeconds = 300

  private let transport: any Transport
  private let endpoint: String
  private let executor: (any TaskExecutor)?
  private var token: Token?
  private var fetch: Task<Result<Token, InstanceMetadataError>, Never>?

  /// Makes a client; the transport needs `allowsLinkLocal` for the default endpoint.
  ///
  /// What is fetched for several at once is fetched on `executor`; nil: on the cooperative pool.
  public init(
    transport: any Transport, endpoint: String = "http://169.254.169.254",
    executor: (any TaskExecutor)? = nil
  ) {
    self.transport = transport
    self.executor = executor
    self.endpoint = endpoint.hasSuffix("/") ? String(endpoint.dropLast()) : endpoint
  }

  /// Reads an item, for instance `/latest/meta-data/mac`.
  ///
  /// Throws `notFound` when the instance does not have it.
  public func item(_ path: String) async throws(InstanceMetadataError) -> String {
    var response = try await get(path)
    if response.status == 401 {
      token = nil
      response = try await get(path)
    }
    guard response.status == 200 else {
      // Whatever is refused otherwise may be the token's fault, as a header that is too long is.
      if ![403, 404].contains(response.status) { token = nil }
      throw refusal(response.status, path)
    }
    // An item is a line or a few; a page of a proxy or of another server is neither.
    guard let text = String(validating: response.body, as: UTF8.self), !text.hasPrefix("<") else {
      throw InstanceMetadataError(.unreadable, path: path, what: "not text; is this the metadata service?")
    }
    return text
  }

  private func get(_ path: String) async throws(InstanceMetadataError) -> TransportResponse {
    let token = try await currentToken()
    return try await send(
      TransportRequest(url: endpoint + path, headers: [("X-aws-ec2-metadata-token", token.text)]), path)
  }

  private func currentToken() async throws(InstanceMetadataError) -> Token {
    if let token, token.renewAt > .now { return token }
    let fetch = self.fetch ?? Task(executorPreference: executor) { await self.fetchToken() }
    self.fetch = fetch
    return try await fetch.value.get()
  }

  private func fetchToken() async -> Result<Token, InstanceMetadataError> {
    defer { fetch = nil }
    let path = "/latest/api/token"
    let request = TransportRequest(
      method: "PUT", url: endpoint + path,
      headers: [("X-aws-ec2-metadata-token-ttl-seconds", String(Self.lifeSeconds))])
    do throws(InstanceMetadataError) {
      let response = try await send(request, path)
      guard response.status == 200 else { throw refusal(response.status, path) }
      let new = try newToken(response, path)
      token = new
      return .success(new)
    } catch {
      return .failure(error)
    }
  }

  private func newToken(
    _ response: TransportResponse, _ path: String
  ) throws(InstanceMetadataError) -> Token {
    let text = String(decoding: response.body, as: UTF8.self)
    guard (1...Self.longestTokenBytes).contains(text.utf8.count),
      text.utf8.allSatisfy({ $0 > 32 && $0 < 127 })
    else {
      throw InstanceMetadataError(.unreadable, path: path, what: "the answer is no session token")
    }
    let header = response.header("X-aws-ec2-metadata-token-ttl-seconds").flatMap { Int($0) }
    // No longer than was asked for, whatever the header says: no sum with it may overflow.
    let granted = min(max(0, header ?? Self.lifeSeconds), Self.lifeSeconds)
    let life = max(0, granted - Self.renewBeforeEndSeconds)
    return Token(text: text, renewAt: .now + .seconds(life))
  }

  // The service is on the host: 1 s and 2 s are long. A question on a connection that had ended is asked
  // again; it changes nothing there.
  private func send(
    _ request: TransportRequest, _ path: String
  ) async throws(InstanceMetadataError) -> TransportResponse {
    var request = request
    request.connectTimeoutMilliseconds = 1000
    request.timeoutMilliseconds = 2000
    do {
      return try await transport.send(request)
    } catch  where error.reusedConnection && error.kind == .connectionBroke {
      return try await resend(request, path)
    } catch {
      throw unreachable(error, path)
    }
  }

  private func resend(
    _ request: TransportRequest, _ path: String
  ) async throws(InstanceMetadataError) -> TransportResponse {
    do {
      return try await transport.send(request)
    } catch {
      throw unreachable(error, path)
    }
  }

  private func unreachable(_ error: TransportError, _ path: String) -> InstanceMetadataError {
    if error.kind == .cancelled { return InstanceMetadataError(.cancelled, path: path, what: "cancelled") }
    let hint =
      error.kind == .timedOut && path.hasSuffix("/token")
      ? "; in a container, set the instance's metadata hop limit to 2 or use the host's network"
      : "; is this an EC2 instance with the metadata service on?"
    return InstanceMetadataError(.unreachable, path: path, what: error.description + hint)
  }

  private func refusal(_ status: Int, _ path: String) -> InstanceMetadataError {
    switch status {
    case 401:
      InstanceMetadataError(.unauthorized, path: path, what: "refuses its own session token (401)")
    case 403:
      InstanceMetadataError(
        .forbidden, path: path,
        what: "off or forbidden (403); enable the metadata service of this instance")
    case 404: InstanceMetadataError(.notFound, path: path, what: "no such item (404)")
    default: InstanceMetadataError(.unreadable, path: path, what: "HTTP \(status)")
    }
  }
}
