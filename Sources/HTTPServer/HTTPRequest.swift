/// One request that passed the guard, with its whole body.
///
/// Everything in it comes from outside: only its form has been checked.
public struct HTTPRequest: Sendable {
  /// What stays the same where a client sends the same again: held once for all who handle the request.
  private final class Head: Sendable {
    let method, path, rawQuery: String
    let headers: [(name: String, value: String)]
    let peer: Peer
    let connectionId: UInt64

    init(
      _ method: String, _ path: String, _ rawQuery: String, _ headers: [(name: String, value: String)],
      _ peer: Peer, _ connectionId: UInt64
    ) {
      (self.method, self.path, self.rawQuery) = (method, path, rawQuery)
      (self.headers, self.peer, self.connectionId) = (headers, peer, connectionId)
    }
  }

  private let head: Head
  /// The method as sent; `HEAD` is passed on too, and the server leaves out the body of the answer to it.
  public var method: String { head.method }
  /// The request target up to the `?`, exactly as sent: nothing is decoded or normalized.
  public var path: String { head.path }
  /// The request target after the first `?`, exactly as sent; empty without one.
  public var rawQuery: String { head.rawQuery }
  /// The header fields in the order sent, names as spelt by the client.
  public var headers: [(name: String, value: String)] { head.headers }
  /// Who sent it.
  public var peer: Peer { head.peer }
  /// Which accepted connection it came on: 1 for the first of the listener.
  public var connectionId: UInt64 { head.connectionId }
  /// The body; at most `ListenerSettings.maximumBodyBytes`.
  public internal(set) var body: [UInt8]
  /// What the client showed for itself, where the listener asks for client certificates.
  public internal(set) var clientCertificate: ClientCertificate
  /// When its header was complete.
  public internal(set) var receivedAt: ContinuousClock.Instant

  /// Makes a request from its parts, as the listener and tests of routes do.
  public init(
    method: String, path: String, rawQuery: String = "", headers: [(name: String, value: String)] = [],
    body: [UInt8] = [], peer: Peer, clientCertificate: ClientCertificate = .notAsked,
    connectionId: UInt64 = 0,
    receivedAt: ContinuousClock.Instant = .now
  ) {
    head = Head(method, path, rawQuery, headers, peer, connectionId)
    self.body = body
    self.clientCertificate = clientCertificate
    self.receivedAt = receivedAt
  }

  /// The parameters of the query in the order sent, with `%XX` and `+` decoded.
  ///
  /// Bytes that are no UTF-8 become U+FFFD. Source: the URL Standard, application/x-www-form-urlencoded.
  public var query: [(name: String, value: String)] { decodeQuery(rawQuery) }

  /// The value of the first header field of that name, in any case.
  public func header(_ name: String) -> String? {
    headers.first { equalIgnoringCase($0.name, name) }?.value
  }
}

extension HTTPRequest: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// Method and path: query, header and body may hold secrets.
  public var description: String { "\(method) \(path)" }

  /// The same as `description`.
  public var debugDescription: String { description }

  /// Method and path only.
  public var customMirror: Mirror { Mirror(self, children: ["method": method, "path": path]) }
}
