/// Steps through the bytes of a valid TOML document and counts its lines.
struct TOMLScanner {
  private let bytes: [UInt8]
  private(set) var position = 0
  /// Counted from 1.
  private(set) var line = 1

  init(_ document: String) {
    bytes = Array(document.utf8)
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  /// Whether a key may begin here, bare or quoted.
  var isAtKey: Bool {
    guard let peek else { return false }
    return switch peek {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "\""),
      UInt8(ascii: "'"):
      true
    default: false
    }
  }

  mutating func advance() {
    if peek == UInt8(ascii: "\n") { line += 1 }
    if position < bytes.count { position += 1 }
  }

  /// Passes a byte if it is the next one.
  mutating func skip(_ byte: UInt8) -> Bool {
    guard peek == byte else { return false }
    advance()
    return true
  }

  mutating func skipSpaces() {
    while peek == UInt8(ascii: " ") || peek == UInt8(ascii: "\t") { advance() }
  }

  mutating func skipLine() {
    while let byte = peek, byte != UInt8(ascii: "\n") { advance() }
  }

  /// Passes white space, line ends and comments.
  mutating func skipBlank() {
    while let byte = peek {
      switch byte {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"): advance()
      case UInt8(ascii: "#"): skipLine()
      default: return
      }
    }
  }

  /// Reads a number, boolean, date or time.
  mutating func readScalar() -> String {
    let start = position
    while let byte = peek, !Self.endsScalar.contains(byte) { advance() }
    var text = bytes[start..<position]
    while text.last == UInt8(ascii: " ") || text.last == UInt8(ascii: "\t") { text.removeLast() }
    return String(decoding: text, as: UTF8.self)
  }

  private static let endsScalar = [UInt8](",]}#\r\n".utf8)

  /// Reads `a . "b" . 'c'`.
  mutating func readDottedKey() -> [String] {
    var keys: [String] = []
    repeat {
      skipSpaces()
      keys.append(readKey())
      skipSpaces()
    } while skip(UInt8(ascii: "."))
    return keys
  }

  private mutating func readKey() -> String {
    if peek == UInt8(ascii: "\"") || peek == UInt8(ascii: "'") {
      return readQuotedKey()
    }
    let start = position
    while let byte = peek, !Self.endsBareKey.contains(byte) { advance() }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private static let endsBareKey = [UInt8](" \t\r\n.=]}#,".utf8)

  private mutating func readQuotedKey() -> String {
    let isLiteral = peek == UInt8(ascii: "'")
    let start = position
    skipString()
    let content = String(decoding: bytes[start..<position].dropFirst().dropLast(), as: UTF8.self)
    return isLiteral ? content : unescaped(content)
  }

  /// Passes a string of any of the four kinds, from its first quotation mark to its last.
  mutating func skipString() {
    guard let mark = peek else { return }
    let isMultiline = bytes[position...].starts(with: [mark, mark, mark])
    let end = [UInt8](repeating: mark, count: isMultiline ? 3 : 1)
    for _ in end { advance() }
    while let byte = peek, !bytes[position...].starts(with: end) {
      // A string that is not closed ends with its line, so that the lines behind it are read as what they are.
      if !isMultiline && byte == UInt8(ascii: "\n") { return }
      if byte == UInt8(ascii: "\\") && mark == UInt8(ascii: "\"") { advance() }
      advance()
    }
    for _ in end { advance() }
    // `""""` at the end of a multi-line string: up to two marks belong to its text.
    if isMultiline { while skip(mark) {} }
  }

  /// The text of a basic string's content: TOML 1.0.0, "String", the compact escapes.
  private func unescaped(_ content: String) -> String {
    var text = String.UnicodeScalarView()
    var rest = content.unicodeScalars[...]
    while let scalar = rest.popFirst() {
      text.append(scalar == "\\" ? Self.readEscape(&rest) : scalar)
    }
    return String(text)
  }

  private static func readEscape(_ rest: inout Substring.UnicodeScalarView) -> Unicode.Scalar {
    let named: [Unicode.Scalar: Unicode.Scalar] = [
      "b": "\u{8}", "t": "\t", "n": "\n", "f": "\u{C}", "r": "\r",
    ]
    let letter = rest.popFirst() ?? "\\"
    guard letter == "u" || letter == "U" else { return named[letter] ?? letter }
    let digits = rest.prefix(letter == "u" ? 4 : 8)
    rest = rest.dropFirst(digits.count)
    return UInt32(String(digits), radix: 16).flatMap(Unicode.Scalar.init) ?? "\u{FFFD}"
  }
}
