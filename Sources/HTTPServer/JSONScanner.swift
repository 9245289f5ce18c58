/// Why a JSON text is refused.
enum JSONFault: Error, Equatable, CustomStringConvertible {
  case notUTF8
  case byteOrderMark
  case nul
  case tooDeep
  case notAnObject
  case syntax(atByte: Int)
  case trailingData(atByte: Int)
  case duplicateKey(String)

  var description: String {
    switch self {
    case .notUTF8: "it is not UTF-8"
    case .byteOrderMark: "it begins with a byte order mark"
    case .nul: "it has a NUL"
    case .tooDeep: "it is nested deeper than \(JSONScanner.maximumDepth)"
    case .notAnObject: "it is not an object"
    case .syntax(let byte): "syntax error at byte \(byte)"
    case .trailingData(let byte): "something follows the object at byte \(byte)"
    case .duplicateKey(let key): "key \"\(key)\" is there twice"
    }
  }
}

/// A member of an object: its key unescaped, and its text from the key's quote to the end of the value.
struct JSONMember {
  let key: String
  let text: ArraySlice<UInt8>
}

/// Walks through a JSON text once, so that the decoder gets only what every reader would read alike.
///
/// Source: RFC 8259; the names of an object unique as its section 4 advises, compared after unescaping.
struct JSONScanner {
  /// How many objects and arrays may be open at once.
  static let maximumDepth = 8

  private let text: [UInt8]
  private var position = 0

  private init(_ text: [UInt8]) { self.text = text }

  /// The members of the object that the text is, in its order.
  static func membersOfObject(in text: [UInt8]) throws(JSONFault) -> [JSONMember] {
    if text.starts(with: [0xEF, 0xBB, 0xBF]) { throw .byteOrderMark }
    if text.contains(0) { throw .nul }
    if String(validating: text, as: UTF8.self) == nil { throw .notUTF8 }
    var scanner = JSONScanner(text)
    scanner.skipWhiteSpace()
    guard scanner.peek == UInt8(ascii: "{") else { throw .notAnObject }
    let members = try scanner.object(depth: 1)
    scanner.skipWhiteSpace()
    guard scanner.position == text.count else { throw .trailingData(atByte: scanner.position) }
    return members
  }

  private var peek: UInt8? { position < text.count ? text[position] : nil }
  private var syntaxFault: JSONFault { .syntax(atByte: position) }

  private mutating func skipWhiteSpace() {
    while let byte = peek, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { position += 1 }
  }

  /// Steps over the byte if it comes next.
  private mutating func take(_ byte: Character) -> Bool {
    guard peek == byte.asciiValue else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ byte: Character) throws(JSONFault) {
    guard take(byte) else { throw syntaxFault }
  }

  private mutating func value(depth: Int) throws(JSONFault) {
    skipWhiteSpace()
    switch peek {
    case UInt8(ascii: "{"): _ = try object(depth: depth)
    case UInt8(ascii: "["): try array(depth: depth)
    case UInt8(ascii: "\""): _ = try string()
    case UInt8(ascii: "t"): try word("true")
    case UInt8(ascii: "f"): try word("false")
    case UInt8(ascii: "n"): try word("null")
    default: try number()
    }
    skipWhiteSpace()
  }

  private mutating func object(depth: Int) throws(JSONFault) -> [JSONMember] {
    guard depth <= Self.maximumDepth else { throw .tooDeep }
    try expect("{")
    skipWhiteSpace()
    if take("}") { return [] }
    var members: [JSONMember] = []
    var seen: Set<String> = []
    repeat {
      skipWhiteSpace()
      let start = position
      let key = try string()
      guard seen.insert(key).inserted else { throw .duplicateKey(key) }
      skipWhiteSpace()
      try expect(":")
      try value(depth: depth + 1)
      members.append(JSONMember(key: key, text: text[start..<position]))
    } while take(",")
    try expect("}")
    return members
  }

  private mutating func array(depth: Int) throws(JSONFault) {
    guard depth <= Self.maximumDepth else { throw .tooDeep }
    try expect("[")
    skipWhiteSpace()
    if take("]") { return }
    repeat { try value(depth: depth + 1) } while take(",")
    try expect("]")
  }

  private mutating func word(_ word: String) throws(JSONFault) {
    guard text[position...].starts(with: word.utf8) else { throw syntaxFault }
    position += word.utf8.count
  }

  private mutating func number() throws(JSONFault) {
    _ = take("-")
    if !take("0") { try digits() }
    if take(".") { try digits() }
    if take("e") || take("E") {
      _ = take("+") || take("-")
      try digits()
    }
  }

  private mutating func digits() throws(JSONFault) {
    let start = position
    while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
    if position == start { throw syntaxFault }
  }

  /// The string that comes next, unescaped.
  private mutating func string() throws(JSONFault) -> String {
    try expect("\"")
    var bytes: [UInt8] = []
    while !take("\"") {
      guard let byte = peek, byte >= 0x20 else { throw syntaxFault }
      position += 1
      if byte == UInt8(ascii: "\\") {
        bytes += String(try escape()).utf8
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The character that an escape stands for, its backslash already taken.
  private mutating func escape() throws(JSONFault) -> Unicode.Scalar {
    guard let byte = peek else { throw syntaxFault }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return try unicodeEscape()
    default: throw syntaxFault
    }
  }

  /// The character of `\uXXXX`, or of the two that make a surrogate pair; half a pair is refused, and NUL.
  private mutating func unicodeEscape() throws(JSONFault) -> Unicode.Scalar {
    let first = try codeUnit()
    if first == 0 { throw .nul }
    if let scalar = Unicode.Scalar(first) { return scalar }
    try expect("\\")
    try expect("u")
    let pair = [UInt16(first), UInt16(try codeUnit())]
    guard let text = String(validating: pair, as: UTF16.self), let scalar = text.unicodeScalars.first else {
      throw syntaxFault
    }
    return scalar
  }

  private mutating func codeUnit() throws(JSONFault) -> UInt32 {
    var unit: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = peek.flatMap(hexadecimalValue) else { throw syntaxFault }
      unit = unit << 4 | UInt32(digit)
      position += 1
    }
    return unit
  }
}
