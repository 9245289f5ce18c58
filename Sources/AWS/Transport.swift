public import struct FoundationEssentials.Date

/// Carries one HTTP exchange: to EC2, to the instance metadata, or to the daemon's own socket.
///
/// A send is one attempt and never repeated inside; cancelling the Task ends it within 50 ms with a TCP
/// reset, so that what is still under way can't arrive later.
public protocol Transport: Sendable {
  /// Sends the request and waits for the whole answer; any HTTP status is an answer, not an error.
  func send(_ request: TransportRequest) async throws(TransportError) -> TransportResponse
}

/// One HTTP/1.1 request.
public struct TransportRequest: Sendable {
  /// The HTTP method in capitals.
  public var method: String
  /// The absolute URL; no user information, no fragment.
  public var url: String
  /// The headers in the order they are sent; `Host` and `Content-Length` are added when missing.
  public var headers: [(name: String, value: String)]
  /// The body as sent; may be empty.
  public var body: [UInt8]
  /// The time for name resolution, TCP and TLS together, in milliseconds.
  public var connectTimeoutMilliseconds: Int
  /// The time for the whole exchange, in milliseconds.
  public var timeoutMilliseconds: Int

  /// Makes a request; the time-outs are the configuration's defaults unless given.
  public init(
    method: String = "GET", url: String, headers: [(name: String, value: String)] = [], body: [UInt8] = [],
    connectTimeoutMilliseconds: Int = 2000, timeoutMilliseconds: Int = 5000
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.connectTimeoutMilliseconds = connectTimeoutMilliseconds
    self.timeoutMilliseconds = timeoutMilliseconds
  }
}

/// A whole HTTP answer.
public struct TransportResponse: Sendable {
  /// The HTTP status code.
  public var status: Int
  /// The headers in the order they came.
  public var headers: [(name: String, value: String)]
  /// The whole body.
  public var body: [UInt8]
  /// Whether a connection had to be made for this request.
  public var newConnection: Bool
  /// Whether the connection stays open for the next request.
  public var connectionKept: Bool
  /// The IP address of the server; nil where a proxy or a Unix socket is in between.
  public var remoteAddress: String?
  /// When the request began to be sent, after the connection was there.
  public var sentAt: Date
  /// When the answer was complete.
  public var receivedAt: Date
  /// The whole exchange with waiting for a connection, in milliseconds.
  public var milliseconds: Double

  /// Makes an answer, for a transport of another kind.
  public init(
    status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = [],
    newConnection: Bool = false, connectionKept: Bool = true, sentAt: Date, receivedAt: Date,
    milliseconds: Double
  ) {
    self.status = status
    self.headers = headers
    self.body = body
    self.newConnection = newConnection
    self.connectionKept = connectionKept
    self.sentAt = sentAt
    self.receivedAt = receivedAt
    self.milliseconds = milliseconds
  }

  /// The first header of this name, compared without case.
  public func header(_ name: String) -> String? {
    let wanted = name.lowercased()
    return headers.first { $0.name.lowercased() == wanted }?.value
  }
}
