import SystemPackage

/// The daemon's own log on standard error: each entry is one line of visible text, whatever stands in it.
///
/// Some words come from outside (EC2's messages, the instance metadata, configuration files). What ends a line
/// or steers a terminal is written as `\u{1B}`, so that nobody can make up an entry or repaint a screen.
struct LogLines: TextOutputStream, Sendable {
  private static let longestCharacters = 2_000

  /// Writes one entry; what can't be written there can be told nowhere.
  mutating func write(_ entry: String) {
    _ = try? FileDescriptor.standardError.writeAll((Self.visible(entry) + "\n").utf8)
  }

  /// The entry without its newline and on one line, cut if it is very long.
  static func visible(_ entry: String) -> String {
    let text = (entry.hasSuffix("\n") ? entry.dropLast() : entry[...]).unicodeScalars
    let line = text.prefix(longestCharacters).map(visible).joined()
    return text.count > longestCharacters ? line + "…" : line
  }

  private static func visible(_ scalar: Unicode.Scalar) -> String {
    switch scalar.properties.generalCategory {
    case .control where scalar == "\n": "; "
    case .control, .format, .lineSeparator, .paragraphSeparator:
      "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
    default: String(scalar)
    }
  }
}
