import Glibc

/// How much fits on the terminal: what is longer would wrap and scroll the first line, which matters most, away.
struct TerminalSize: Equatable {
  var rows, columns: Int

  /// That of standard output; nil where it tells none (tty_ioctl(4)).
  static var current: TerminalSize? {
    var size = winsize()
    guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 2, size.ws_col > 1 else {
      return nil
    }
    return TerminalSize(rows: Int(size.ws_row), columns: Int(size.ws_col))
  }

  /// The lines of a text of which each fits on one row, and all together with the cursor's own row below.
  ///
  /// The first paragraph, which says what is the matter, is wrapped; other lines are cut.
  func fit(_ text: String) -> [String] {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let first = lines.prefix { !$0.isEmpty }
    let all = first.flatMap(parts) + lines.dropFirst(first.count).map(cut)
    guard all.count >= rows else { return all }
    let shown = all.prefix(rows - 2)
    return shown + [cut("... \(all.count - shown.count) more lines: vipad status")]
  }

  private func cut(_ line: some StringProtocol) -> String {
    let parts = self.parts(line)
    let isColoured = parts[0].contains("\u{1B}")
    return parts[0] + (parts.count > 1 && isColoured ? "\u{1B}[0m" : "")
  }

  /// A line in pieces that fit on a row; colours (ECMA-48, SGR) take no room.
  ///
  /// The last column stays empty: what wipes out the rest of a row would wipe out the character there.
  private func parts(_ line: some StringProtocol) -> [String] {
    var parts = [""]
    var column = 0
    var isColour = false
    for character in line {
      isColour = isColour || character == "\u{1B}"
      if !isColour, column == columns - 1 {
        parts.append("")
        column = 0
      }
      parts[parts.count - 1].append(character)
      column += isColour ? 0 : 1
      isColour = isColour && character != "m"
    }
    return parts
  }
}
