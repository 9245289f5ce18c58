/// The parts of an HTTP request that a signature covers.
public struct SignableRequest: Sendable {
  /// The method, as in `POST`.
  public var method: String
  /// The path as on the wire.
  public var path: String
  /// The query as on the wire, without its `?`.
  public var query: String
  /// The headers in order; names in any case, `Host` among them.
  public var headers: [(name: String, value: String)]
  /// The body's bytes.
  public var body: [UInt8]

  /// Takes a request as it goes, or came, over the wire.
  public init(
    method: String, path: String = "/", query: String = "", headers: [(name: String, value: String)],
    body: [UInt8] = []
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.headers = headers
    self.body = body
  }
}
