/// One request that passed the guard, with its whole body.
///
/// Everything in it comes from outside: only its form has been checked.
public struct HTTPRequest: Sendable {
  /// The method as sent; `HEAD` is passed on too, and the server leaves out the body of the answer to it.
  public var method: String
  /// The request target up to the `?`, exactly as sent: nothing is decoded or normalized.
  public var path: String
  /// The request target after the first `?`, exactly as sent; empty without one.
  public var rawQuery: String
  /// The header fields in the order sent, names as spelt by the client.
  public var headers: [(name: String, value: String)]
  /// The body; at most `ListenerSettings.maximumBodyBytes`.
  public var body: [UInt8]
  /// Who sent it.
  public var peer: Peer
  /// What it showed for itself, where the listener asks for client certificates.
  public var clientCertificate: ClientCertificate
  /// Which accepted connection it came on: 1 for the first of the listener.
  public var connectionId: UInt64
  /// When its header was complete.
  public var receivedAt: ContinuousClock.Instant

  /// Makes a request from its parts, as the listener and tests of routes do.
  public init(
    method: String, path: String, rawQuery: String = "", headers: [(name: String, value: String)] = [],
    body: [UInt8] = [], peer: Peer, clientCertificate: ClientCertificate = .notAsked,
    connectionId: UInt64 = 0,
    receivedAt: ContinuousClock.Instant = .now
  ) {
    self.method = method
    self.path = path
    self.rawQuery = rawQuery
    self.headers = headers
    self.body = body
    self.peer = peer
    self.clientCertificate = clientCertificate
    self.connectionId = connectionId
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
