import Digest

extension Secret {
  private static let leastCharacters = 32

  /// Reads a file with one line, made by the operator, that only its owner and group may read.
  ///
  /// - Throws: `ConfigurationError` that says what to do, and never what stands there.
  init(file path: String) throws(ConfigurationError) {
    let bytes = try TrustedFile(path: path, isSecret: true).read()
    let text = bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes[...]
    guard text.count >= Self.leastCharacters, text.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw ConfigurationError(
        file: path,
        reason: "is not one line of \(Self.leastCharacters) or more visible characters; "
          + "fix: (umask 027; openssl rand -hex 32 > \(path))")
    }
    self.init(String(decoding: text, as: UTF8.self))
  }
}
