import Digest
import HTTPServer

/// Who may ask a listener for what.
struct Access: Sendable {
  /// The listeners, each with what it goes by.
  enum Listener: Sendable {
    /// The Unix socket: the kernel tells who is there.
    case socket(SocketRights)
    /// TCP on loopback: whoever is on this router may look, whoever has the token may act.
    case loopback(Token, port: UInt16)
    /// From afar: some of what only looks, by client certificate or read token.
    case monitor(MonitorRights)
  }

  private let listener: Listener

  init(_ listener: Listener) {
    self.listener = listener
  }

  /// Lets a request in, or refuses it whatever it asks for: 421 for another host, 401 or 403 for who may not look.
  func admit(_ request: HTTPRequest) throws(Problem) {
    switch listener {
    case .socket(let rights):
      try request.requireThisHost(port: nil)
      try rights.checkReader(request.peer)
    case .loopback(_, let port):
      try request.requireThisHost(port: port)
    case .monitor(let rights):
      try rights.admit(request)
    }
  }

  /// Refuses a path that this listener does not serve: 404.
  func requireServed(_ path: String) throws(Problem) {
    guard case .monitor = listener else { return }
    try MonitorRights.requireServed(path)
  }

  /// Refuses who may not act: 401 without a token, 403 with a wrong one, as a wrong user, or from a browser.
  func mayAct(_ request: HTTPRequest) throws(Problem) {
    try refuseForwarded(request)
    switch listener {
    case .socket(let rights): try rights.checkActor(request.peer)
    case .loopback(let token, _): try check(token, request)
    case .monitor:
      throw Problem(
        status: 403, detail: "nothing can be changed from afar", remedy: "ask on the router itself")
    }
  }

  /// A browser or a proxy stands between: whoever it speaks for is not on this router.
  private func refuseForwarded(_ request: HTTPRequest) throws(Problem) {
    guard let trace = request.headers.first(where: Self.isTrace) else { return }
    throw Problem(
      status: 403, detail: "the request came through a browser or a proxy: it has a header \(trace.name)",
      remedy: "ask vipad directly, with curl or the vipad command, on the router itself")
  }

  /// Whether a header field is one that browsers or proxies add.
  ///
  /// Source: RFC 9110 sections 7.6.3 and 10.1.3, RFC 7239, RFC 6454, Fetch Metadata (W3C).
  private static func isTrace(_ field: (name: String, value: String)) -> Bool {
    let name = field.name.lowercased()
    switch name {
    case "origin", "referer", "forwarded", "via": return true
    case "sec-fetch-site": return field.value.lowercased() != "none"
    default: return name.hasPrefix("x-forwarded")
    }
  }

  private func check(_ token: Token, _ request: HTTPRequest) throws(Problem) {
    guard let given = try request.bearerToken() else {
      throw Problem(
        status: 401, detail: "POST over TCP needs Authorization: Bearer with the token of \(token.path)",
        remedy: "send the token, or use the Unix socket, which needs none")
    }
    guard token.matches(given) else {
      throw Problem(
        status: 403, detail: "the token is not the one of \(token.path)",
        remedy: "read the file again: each start and each SIGHUP of vipad makes a new token")
    }
  }
}

extension HTTPRequest {
  /// What follows `Bearer` in the one Authorization header; nil where there is none.
  ///
  /// Source: RFC 6750 section 2.1; the scheme in any case, RFC 9110 section 11.1.
  func bearerToken() throws(Problem) -> Substring? {
    guard let authorization = header("Authorization") else { return nil }
    guard headers.count(where: { $0.name.lowercased() == "authorization" }) == 1 else {
      throw Problem(status: 400, detail: "more than one Authorization header field", remedy: "send one")
    }
    let scheme = "Bearer "
    guard authorization.prefix(scheme.count).lowercased() == scheme.lowercased() else { return nil }
    return authorization.dropFirst(scheme.count)
  }

  /// Refuses a request for another host than this machine: 421.
  fileprivate func requireThisHost(port: UInt16?) throws(Problem) {
    guard !namesThisHost(port: port) else { return }
    throw Problem(
      status: 421, detail: "Host is not this router",
      remedy: "ask http://127.0.0.1, localhost or [::1]\(port.map { ", port \($0)" } ?? "")")
  }

  /// True where `Host` names this machine itself, so that no web page of another name reaches vipad.
  func namesThisHost(port: UInt16?) -> Bool { names(Self.namesOfThisHost, port: port) }

  private static let namesOfThisHost = ["127.0.0.1", "localhost", "[::1]"].map { Array($0.utf8) }

  /// True where `Host` is one of the names (in lower case), alone or with the port; nil: with any port.
  func names(_ hosts: [[UInt8]], port: UInt16?) -> Bool {
    guard var host = header("Host") else { return false }
    // Asked of every request: bytes as they stand are compared several times faster than characters.
    return host.withUTF8 { host in
      hosts.contains { name in
        unsafe host.count >= name.count && zip(host, name).allSatisfy { Self.lowerCased($0) == $1 }
          && isPort(host[name.count...], port)
      }
    }
  }

  /// True of nothing, and of a colon and the right port.
  private func isPort(_ bytes: Slice<UnsafeBufferPointer<UInt8>>, _ port: UInt16?) -> Bool {
    guard let colon = unsafe bytes.first else { return true }
    guard colon == UInt8(ascii: ":"), let given = unsafe EndpointURL.port(bytes.dropFirst()) else {
      return false
    }
    return port == nil || given == port
  }

  private static func lowerCased(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }
}
