// Reads an INI file line by line, by the rules of Python's configparser: a line indented deeper than the
// option above goes on with its value, `#` and `;` begin a comment only at the start of a line, both `=` and
// `:` end a name, names of options are lower case, nothing may stand twice.
struct ProfileReader {
  typealias Line = Substring.UnicodeScalarView

  private let file: String
  private var lineNumber = 0
  private var indentation = 0
  private var sections: [(name: String, options: [Option])] = []
  private var option: Option?

  private struct Option {
    let name: String
    let lineNumber: Int
    var lines: [String]
  }

  init(file: String) {
    self.file = file
  }

  mutating func take(_ line: Line) throws(ProfileError) {
    lineNumber += 1
    let text = trimmed(line)
    if text.isEmpty {
      option?.lines.append("")
    } else if text.first == "#" || text.first == ";" {
      return
    } else if option != nil, depth(line) > indentation {
      option?.lines.append(String(text))
    } else {
      indentation = depth(line)
      try begin(text)
    }
  }

  mutating func finished() throws(ProfileError) -> [(name: String, options: ProfileSections.Options)] {
    endOption()
    var read: [(name: String, options: ProfileSections.Options)] = []
    for section in sections {
      var options: ProfileSections.Options = [:]
      for option in section.options { options[option.name] = try value(of: option) }
      read.append((section.name, options))
    }
    return read
  }

  private mutating func begin(_ text: Line) throws(ProfileError) {
    endOption()
    if text.first == "[", let end = text.dropFirst(2).lastIndex(of: "]") {
      try beginSection(String(text[text.index(after: text.startIndex)..<end]))
    } else if sections.isEmpty {
      throw error("stands before the first [section]")
    } else {
      try beginOption(text)
    }
  }

  private mutating func beginSection(_ name: String) throws(ProfileError) {
    guard !sections.contains(where: { $0.name == name }) else {
      throw error("[\(printable(name))] is there twice; keep one of them")
    }
    sections.append((name, []))
  }

  private mutating func beginOption(_ text: Line) throws(ProfileError) {
    guard let end = text.firstIndex(where: { $0 == "=" || $0 == ":" }), end != text.startIndex else {
      throw error("is no `name = value`")
    }
    let name = String(trimmed(text[..<end])).lowercased()
    guard sections.last?.options.contains(where: { $0.name == name }) == false else {
      throw error("sets \(printable(name)) a second time in its section; keep one of them")
    }
    let value = trimmed(text[text.index(after: end)...])
    option = Option(name: name, lineNumber: lineNumber, lines: [String(value)])
  }

  private mutating func endOption() {
    if let option { sections[sections.count - 1].options.append(option) }
    option = nil
  }

  // Empty lines at the end of a value are none of it.
  private func value(of option: Option) throws(ProfileError) -> ProfileSections.Value {
    var lines = option.lines[...]
    while lines.last == "" { lines.removeLast() }
    guard lines.count > 1, lines.first == "" else { return .text(lines.joined(separator: "\n")) }
    var pairs: [String: String] = [:]
    for line in lines where line != "" {
      guard let end = line.unicodeScalars.firstIndex(of: "=") else {
        throw .syntax(
          file: file, line: option.lineNumber,
          reason: "the lines below \(printable(option.name)) are no `name = value`")
      }
      let name = String(trimmed(line.unicodeScalars[..<end]))
      pairs[name] = String(trimmed(line.unicodeScalars[line.index(after: end)...]))
    }
    return .nested(pairs)
  }

  private func error(_ reason: String) -> ProfileError {
    .syntax(file: file, line: lineNumber, reason: reason)
  }
}

private func depth(_ line: ProfileReader.Line) -> Int {
  line.prefix { $0.properties.isWhitespace }.count
}

private func trimmed(_ text: ProfileReader.Line) -> ProfileReader.Line {
  var text = text.drop { $0.properties.isWhitespace }
  while let last = text.last, last.properties.isWhitespace { text.removeLast() }
  return text
}
