/// Why a configuration is refused: one finding for each thing that is wrong, in the file's order.
struct ConfigurationError: Error, Equatable, CustomStringConvertible {
  /// One thing that is wrong: where, and what would be right.
  struct Finding: Equatable, CustomStringConvertible {
    var file: String
    /// Counted from 1; nil where the file as a whole is meant.
    var line: Int?
    /// The key with its tables, as `aws.region` or `group[0].vips[1]`.
    var key: String?
    var reason: String

    /// `FILE:LINE: KEY: REASON` in one line.
    ///
    /// Never contains the value of a key that may hold a secret.
    var description: String {
      let place = line.map { "\(file):\($0)" } ?? file
      return [place, key, reason].compactMap(\.self).joined(separator: ": ")
    }
  }

  var findings: [Finding]

  init(_ findings: [Finding]) {
    self.findings = findings
  }

  init(file: String, line: Int? = nil, key: String? = nil, reason: String) {
    findings = [Finding(file: file, line: line, key: key, reason: reason)]
  }

  /// One line a finding.
  var description: String {
    findings.map(\.description).joined(separator: "\n")
  }
}
