internal import FoundationEssentials
internal import SigV4

// What the container's own service hands out: ECS, EKS Pod Identity, Greengrass. None of its answer gets into an
// error.
// Source: AWS SDKs and Tools Reference, "Container credential provider".
struct CredentialContainer: Sendable {
  private let variable: String
  private let address: String
  private let environment: [String: String]

  // Nil where the environment names none.
  init?(_ environment: [String: String]) {
    self.environment = environment
    if let path = environment.nonEmpty("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
      (variable, address) = ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "http://169.254.170.2\(path)")
    } else if let url = environment.nonEmpty("AWS_CONTAINER_CREDENTIALS_FULL_URI") {
      (variable, address) = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)
    } else {
      return nil
    }
  }

  // The request for credentials. Reads the token's file anew, which may block: it is replaced while the daemon runs.
  func request() throws(CredentialError) -> TransportRequest {
    guard let url = TransportURL(address), url.scheme == "https" || url.isContainerHost else {
      throw failure("is no https address, nor one of this machine, 169.254.170.2 or 169.254.170.23")
    }
    var request = TransportRequest(
      url: address, connectTimeoutMilliseconds: 1000, timeoutMilliseconds: 2000)
    if let token = try token() { request.headers = [("Authorization", token)] }
    return request
  }

  func credentials(in response: TransportResponse) throws(CredentialError) -> HeldCredentials {
    guard response.status == 200 else { throw failure("answers HTTP \(response.status)") }
    guard let answer = try? JSONDecoder().decode(RoleAnswer.self, from: Data(response.body)),
      let credentials = answer.credentials, credentials.fitInHeaders
    else { throw failure("answers without credentials that can be read") }
    let expiration = answer.Expiration.flatMap(iso8601Date)
    if answer.Expiration != nil, expiration == nil { throw failure("answers with an end that is no time") }
    return HeldCredentials(credentials: credentials, source: "container", expiration: expiration)
  }

  func failure(_ what: String) -> CredentialError { .container(variable: variable, reason: what) }

  private func token() throws(CredentialError) -> String? {
    let name = "AWS_CONTAINER_AUTHORIZATION_TOKEN"
    guard let path = environment.nonEmpty("\(name)_FILE") else { return environment.nonEmpty(name) }
    guard let bytes = FileManager.default.contents(atPath: path), bytes.count <= 16_384 else {
      throw failure("needs the token in \(path), which can't be read")
    }
    return String(Substring(decoding: bytes, as: UTF8.self).trimmingBlanks())
  }
}

extension TransportURL {
  // Plain http is for these alone; the transport itself refuses it to other hosts as well.
  fileprivate var isContainerHost: Bool {
    scheme == "http" && (isLoopback || ["169.254.170.2", "169.254.170.23"].contains(host))
  }
}
