/// The daemon's own log on standard error: each entry is one line of visible text, whatever stands in it.
///
/// Some words come from outside (EC2's messages, the instance metadata, configuration files). What ends a line
/// or steers a terminal is written as `\u{1B}`, so that nobody can make up an entry or repaint a screen.
struct LogLines: TextOutputStream, Sendable {
  private static let longestCharacters = 2_000
  let writer: LineWriter

  /// Hands one entry over; nobody waits until it is written.
  mutating func write(_ entry: String) { writer.write(Self.visible(entry)) }

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
