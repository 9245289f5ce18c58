import Digest

/// The secret that lets a monitor look from afar: made by the operator, since the monitor keeps it too.
///
/// It can't be printed.
struct ReadToken: Sendable {
  private let secret: Secret

  /// Reads a file with one line that only its owner and group may read.
  ///
  /// - Throws: `ConfigurationError` that says what to do, and never what stands there.
  init(path: String) throws(ConfigurationError) { secret = try Secret(file: path) }

  /// True for the token itself; takes the same time for every wrong one of its length.
  func matches(_ candidate: some StringProtocol) -> Bool { secret.matches(candidate) }
}
