/// Why a listener could not be made.
///
/// Its description is one line for the operator.
public enum HTTPServerError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Another process answers on the socket at `path`; it was left alone.
  case anotherDaemonAnswers(path: String)
  /// The socket could not be made; `remedy` says what to do.
  case cannotListen(on: String, reason: String, remedy: String)
  /// A setting can't be right.
  case invalidSetting(String)

  /// What failed, on what, and what to do, in one line.
  public var description: String {
    switch self {
    case .anotherDaemonAnswers(let path):
      "another daemon answers on \(path), it was left alone: stop it, or choose another socket"
    case .cannotListen(let endpoint, let reason, let remedy):
      "cannot listen on \(endpoint): \(reason); \(remedy)"
    case .invalidSetting(let reason):
      "the listener's settings are wrong: \(reason)"
    }
  }
}
