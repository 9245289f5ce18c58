/// Finds the line on which each key and each list element of a TOML document begins.
///
/// TOMLKit gives positions for syntax errors only. So this reads the document a second time, and only for
/// positions: it takes the syntax for valid, because TOMLKit says whether it is. TOML 1.0.0.
struct SettingLocator {
  private var scanner: TOMLScanner
  private var lines: [SettingPath: Int] = [:]
  /// How many elements each array of tables has so far.
  private var tableCounts: [SettingPath: Int] = [:]
  /// The first thing for which TOMLKit would end the process by assert(3), and its line; nil in a TOML document.
  private(set) var fault: (line: Int, reason: String)?
  /// How many steps a path may have; no key has over four.
  private static let deepest = 64

  init(_ document: String) {
    scanner = TOMLScanner(document)
    readDocument()
  }

  /// The line, counted from 1, of a path, or of the nearest table around it that is written out; 1 for the root.
  func line(of path: SettingPath) -> Int {
    var place: SettingPath? = path
    while let current = place {
      if let line = lines[current] { return line }
      place = current.parent
    }
    return 1
  }

  private mutating func readDocument() {
    var table = SettingPath.root
    scanner.skipBlank()
    while let byte = scanner.peek {
      let start = scanner.position
      if byte == UInt8(ascii: "[") {
        table = readHeader()
      } else {
        readPair(in: table)
      }
      scanner.skipBlank()
      if scanner.position == start { scanner.advance() }
    }
  }

  /// Reads `[a.b]` or `[[a.b]]` and gives the path of the table that follows.
  private mutating func readHeader() -> SettingPath {
    let line = scanner.line
    scanner.advance()
    let isArrayElement = scanner.skip(UInt8(ascii: "["))
    scanner.skipSpaces()
    if !scanner.isAtKey { note(fault: "[ ] without the name of a table", line) }
    var path = SettingPath.root
    let keys = scanner.readDottedKey()
    for key in keys.dropLast() { path = lastElement(of: path + key) }
    if let name = keys.last { path = path + name }
    note(path, line)
    if isArrayElement {
      tableCounts[path, default: 0] += 1
      path = lastElement(of: path)
      note(path, line)
    }
    scanner.skipLine()
    return path
  }

  /// A path into an array of tables means its newest element.
  private func lastElement(of path: SettingPath) -> SettingPath {
    tableCounts[path].map { path + ($0 - 1) } ?? path
  }

  /// Reads `key = value`.
  private mutating func readPair(in table: SettingPath) {
    let line = scanner.line
    var path = table
    for key in scanner.readDottedKey() {
      path = path + key
      note(path, line)
    }
    scanner.skipSpaces()
    _ = scanner.skip(UInt8(ascii: "="))
    scanner.skipSpaces()
    readValue(at: path)
  }

  private mutating func readValue(at path: SettingPath) {
    switch scanner.peek {
    case UInt8(ascii: "\""), UInt8(ascii: "'"): scanner.skipString()
    case UInt8(ascii: "["): readItems(until: UInt8(ascii: "]"), at: path)
    case UInt8(ascii: "{"): readItems(until: UInt8(ascii: "}"), at: path)
    default: readScalar()
    }
  }

  private mutating func readScalar() {
    let line = scanner.line
    // Not shown: it may be a secret whose quotes were forgotten.
    if !mayBeTOMLScalar(scanner.readScalar()) {
      note(fault: "the value is neither text in quotes nor a number, boolean, date or time", line)
    }
  }

  /// Reads the items of a list or the pairs of an inline table.
  private mutating func readItems(until end: UInt8, at path: SettingPath) {
    scanner.advance()
    guard path.steps.count <= Self.deepest else { return note(fault: "nested too deep", scanner.line) }
    var index = 0
    scanner.skipBlank()
    while let byte = scanner.peek, byte != end {
      let start = scanner.position
      if end == UInt8(ascii: "}") {
        readPair(in: path)
      } else {
        note(path + index, scanner.line)
        readValue(at: path + index)
      }
      index += 1
      scanner.skipBlank()
      _ = scanner.skip(UInt8(ascii: ","))
      scanner.skipBlank()
      if scanner.position == start { scanner.advance() }
    }
    scanner.advance()
  }

  private mutating func note(fault reason: String, _ line: Int) {
    if fault == nil { fault = (line, reason) }
  }

  private mutating func note(_ path: SettingPath, _ line: Int) {
    if lines[path] == nil { lines[path] = line }
  }
}
