/// One value of a row, with its name.
struct Field: Equatable {
  /// What a value means for the operator: its colour on a terminal.
  enum Mood: String {
    case good = "32"
    case attention = "33"
    case bad = "31"
  }

  let name: String
  /// One line; "-" where it is not known.
  let value: String
  var mood: Mood?

  init(_ name: String, _ value: JSONValue?, mood: Mood? = nil) {
    let shown = value?.shown ?? "-"
    (self.name, self.value, self.mood) = (name, shown.isEmpty ? "-" : shown, mood)
  }

  /// `name=value`; a value with spaces or quotation marks is quoted.
  var plain: String {
    value.contains { " \"=\\".contains($0) } ? "\(name)=\(quotedWhole(value))" : "\(name)=\(value)"
  }

  private func quotedWhole(_ text: String) -> String {
    "\"" + text.flatMap { "\"\\".contains($0) ? ["\\", $0] : [$0] } + "\""
  }
}

/// Rows of the same fields: a table on a terminal, a line a row in a pipe.
struct Table {
  let rows: [[Field]]

  /// The table in a style, without a newline at its end; empty where there are no rows.
  func text(_ style: Console.Style) -> String {
    switch style {
    case .plain: rows.map { $0.map(\.plain).joined(separator: " ") }.joined(separator: "\n")
    case .terminal(let colour): aligned(colour: colour)
    }
  }

  private func aligned(colour: Bool) -> String {
    guard let first = rows.first else { return "" }
    let widths = first.indices.map { column in
      rows.map { $0[column].value.count }.reduce(first[column].name.count, max)
    }
    let header = first.map { Field($0.name, .text($0.name.uppercased())) }
    let lines = ([header] + rows).map { line($0, widths: widths, colour: colour) }
    return lines.joined(separator: "\n")
  }

  private func line(_ fields: [Field], widths: [Int], colour: Bool) -> String {
    let cells = zip(fields, widths).enumerated().map { index, cell in
      let (field, width) = cell
      let padding = index == fields.count - 1 ? 0 : width - field.value.count
      return painted(field.value, colour ? field.mood : nil) + String(repeating: " ", count: max(padding, 0))
    }
    return cells.joined(separator: "  ")
  }
}

/// A text in the colour of its mood (ECMA-48, SGR).
func painted(_ text: String, _ mood: Field.Mood?) -> String {
  mood.map { "\u{1B}[\($0.rawValue)m\(text)\u{1B}[0m" } ?? text
}
