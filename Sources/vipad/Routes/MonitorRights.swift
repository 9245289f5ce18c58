import HTTPServer

/// Who may look from afar, and at what.
struct MonitorRights: Sendable {
  /// What the monitor listener serves: the one list of it.
  static let paths = ["/status", "/whoami", "/healthz", "/readyz", "/metrics"]

  /// What `Host` may name, in lower case, an IPv6 address in brackets.
  let hosts: [[UInt8]]
  let port: UInt16
  /// A client certificate counts.
  let takesCertificate: Bool
  /// The read token; nil where none is configured.
  let token: ReadToken?

  /// Neither is asked for only where plain HTTP is spoken, on loopback.
  private var isOpen: Bool { !takesCertificate && token == nil }

  /// Refuses a path that is not among `paths`: 404.
  static func requireServed(_ path: String) throws(Problem) {
    guard !paths.contains(path) else { return }
    throw Problem(
      status: 404, detail: "the monitor listener does not serve this path",
      remedy: "it serves \(paths.joined(separator: " ")); everything else is on the router itself")
  }

  /// Refuses another host (421) and who shows neither a certificate nor the token (401, 403).
  func admit(_ request: HTTPRequest) throws(Problem) {
    guard request.names(hosts, port: port) else {
      throw Problem(
        status: 421, detail: "Host is not a name of the monitor listener",
        remedy: "ask by the address of [monitor] listen, or add the name to [monitor] names")
    }
    if isOpen || takesCertificate && request.clientCertificate == .trusted { return }
    guard let given = try request.bearerToken() else { throw refusal(request.clientCertificate) }
    guard let token, token.matches(given) else {
      throw Problem(
        status: 403, detail: "the token is not the read token of the monitor listener",
        remedy: "send the one of [monitor] tokenFile; after a change of the file: systemctl reload vipad")
    }
  }

  private func refusal(_ certificate: ClientCertificate) -> Problem {
    var ways: [String] = []
    if takesCertificate {
      ways.append("a certificate for TLS clients that a CA of [monitor] clientCA has signed")
    }
    if token != nil { ways.append("Authorization: Bearer with the token of [monitor] tokenFile") }
    var detail = "neither certificate nor token"
    if case .refused(let reason) = certificate { detail = "the client certificate does not count: \(reason)" }
    // 401 asks for the token, and there may be none to ask for.
    return Problem(
      status: token == nil ? 403 : 401, detail: detail, remedy: "show \(ways.joined(separator: ", or send "))"
    )
  }
}
