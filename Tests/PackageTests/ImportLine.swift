/// The modules that a line of Swift imports; none where it is no import.
///
/// Attributes (`@testable`), access levels (`public`) and kinds (`struct`) before the name are skipped, and of
/// `Module.Name` the module counts.
func modules(importedBy line: some StringProtocol) -> [String] {
  line.split(separator: ";").compactMap { statement in
    var words = statement.split(whereSeparator: \.isWhitespace)[...]
    while let word = words.first, word.hasPrefix("@") || accessLevels.contains(String(word)) {
      words.removeFirst()
    }
    guard words.popFirst() == "import" else { return nil }
    if let kind = words.first, kinds.contains(String(kind)) { words.removeFirst() }
    return words.first.map { String($0.prefix { $0 != "." }) }
  }
}

private let accessLevels: Set = ["public", "package", "internal", "fileprivate", "private"]
private let kinds: Set = ["struct", "class", "enum", "protocol", "typealias", "func", "let", "var"]
