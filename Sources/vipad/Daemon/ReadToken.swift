import Digest

/// The secret that lets a monitor look from afar: made by the operator, since the monitor keeps it too.
///
/// It can't be printed.
struct ReadToken: Sendable {
  private static let leastCharacters = 32
  private let secret: Secret

  /// Reads a file with one line that only its owner and group may read.
  ///
  /// - Throws: `ConfigurationError` that says what to do, and never what stands there.
  init(path: String) throws(ConfigurationError) {
    let bytes = try TrustedFile(path: path, isSecret: true).read()
    let text = bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes[...]
    guard text.count >= Self.leastCharacters, text.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw ConfigurationError(
        file: path,
        reason: "is not one line of \(Self.leastCharacters) or more visible characters; "
          + "fix: (umask 027; openssl rand -hex 32 > \(path))")
    }
    secret = Secret(String(decoding: text, as: UTF8.self))
  }

  /// True for the token itself; takes the same time for every wrong one of its length.
  func matches(_ candidate: some StringProtocol) -> Bool { secret.matches(candidate) }
}
