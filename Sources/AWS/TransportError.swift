/// Why an exchange has no answer.
public struct TransportError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What happened, as far as a caller decides by it.
  public enum Kind: String, Sendable {
    /// The Task was cancelled; the connection was reset.
    case cancelled
    /// The host's name has no address or the resolver did not answer.
    case notResolved
    /// Nobody listens at the address and port.
    case refused
    /// The network has no way to the address.
    case unreachable
    /// No connection within the connect time-out.
    case connectTimedOut
    /// No whole answer within the time-out.
    case timedOut
    /// The connection ended before a whole answer; a fresh send is an attempt of its own.
    case connectionBroke
    /// The server's certificate is not trusted or is for another name.
    case certificate
    /// TLS failed for another reason, or the CA file can't be read.
    case tls
    /// The answer is longer than the limit.
    case tooLarge
    /// The answer is not HTTP.
    case unreadable
    /// The request's URL, method or headers are not allowed.
    case refusedRequest
    /// The proxy can't be reached or refuses.
    case proxy
    /// The transport is closed, or libcurl could not be set up.
    case unusable
  }

  /// What happened.
  public let kind: Kind
  /// Host and port the request was for.
  public let host: String
  /// Whether any byte of the request may have reached the server.
  public let wasSent: Bool
  /// Whether the request went out on a connection that was open already.
  public let reusedConnection: Bool
  /// How long it took, in milliseconds.
  public let milliseconds: Double
  /// Host, what happened and what to do, in one line.
  public let description: String

  /// Makes an error; `what` says what happened and what to do, the host goes in front of it.
  public init(
    _ kind: Kind, host: String, wasSent: Bool = false, reusedConnection: Bool = false,
    milliseconds: Double = 0, what: String
  ) {
    self.kind = kind
    self.host = host
    self.wasSent = wasSent
    self.reusedConnection = reusedConnection
    self.milliseconds = milliseconds
    self.description = "\(host): \(what)"
  }
}
