import Digest
import HTTPServer

/// Who may ask for an effect: over TCP whoever has the token, over the Unix socket certain users.
struct Access: Sendable {
  /// The users and the group that may POST over the Unix socket, beside root.
  struct SocketRights: Sendable {
    var userId: UInt32
    var groupId: UInt32
  }

  private let token: Token?
  private let rights: SocketRights

  init(token: Token?, rights: SocketRights) {
    self.token = token
    self.rights = rights
  }

  /// Refuses who may not: 401 without a token, 403 with a wrong one or as a wrong user.
  func mayAct(_ request: HTTPRequest) throws(Problem) {
    try refuseForwarded(request)
    switch request.peer {
    case .unix(_, let userId, let groupId):
      if userId == 0 || userId == rights.userId || groupId == rights.groupId { return }
      throw Problem(
        status: 403, detail: "user \(userId) may not change anything",
        remedy: "run as root or as a member of the socket's group")
    case .tcp:
      try checkToken(request)
    }
  }

  /// A browser or a proxy stands between: whoever it speaks for is not on this router.
  private func refuseForwarded(_ request: HTTPRequest) throws(Problem) {
    let traces = [
      "Origin", "Referer", "Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto",
    ]
    let isForwarded = traces.contains { request.header($0) != nil }
    let isCrossSite = request.header("Sec-Fetch-Site").map { $0 != "none" } ?? false
    guard isForwarded || isCrossSite else { return }
    throw Problem(
      status: 403, detail: "the request came through a browser or a proxy",
      remedy: "ask vipad directly, with curl or the vipad command, on the router itself")
  }

  private func checkToken(_ request: HTTPRequest) throws(Problem) {
    guard let token else {
      throw Problem(status: 403, detail: "this listener takes no POST", remedy: "use the Unix socket")
    }
    guard let authorization = request.header("Authorization"), authorization.hasPrefix("Bearer ") else {
      throw Problem(
        status: 401, detail: "POST over TCP needs Authorization: Bearer with the token of \(token.path)",
        remedy: "send the token, or use the Unix socket, which needs none")
    }
    guard token.matches(authorization.dropFirst("Bearer ".count)) else {
      throw Problem(
        status: 403, detail: "the token is not the one of \(token.path)",
        remedy: "read the file again: each start of vipad makes a new token")
    }
  }
}

extension HTTPRequest {
  /// True where `Host` names this machine itself, so that no web page of another name reaches vipad.
  func namesThisHost(port: UInt16?) -> Bool {
    guard var host = header("Host") else { return true }
    // Asked of every request: the bytes as they stand are compared several times faster than characters.
    return host.withUTF8 { host in
      Self.namesOfThisHost.contains { name in
        unsafe host.count >= name.count && zip(host, name).allSatisfy { Self.lowerCased($0) == $1 }
          && isPort(host[name.count...], port)
      }
    }
  }

  /// True of nothing, and of a colon and the right port.
  private func isPort(_ bytes: Slice<UnsafeBufferPointer<UInt8>>, _ port: UInt16?) -> Bool {
    guard let colon = unsafe bytes.first else { return true }
    let digits = unsafe String(decoding: bytes.dropFirst(), as: UTF8.self)
    guard colon == UInt8(ascii: ":"), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let given = UInt16(digits)
    else { return false }
    return port == nil || given == port
  }

  private static func lowerCased(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }

  private static let namesOfThisHost = ["127.0.0.1", "localhost", "[::1]"].map { Array($0.utf8) }
}
