import Testing

/// The page names the test of each defence: none may be made up, renamed away or left out.
@Suite struct ThreatModelTests {
  static let rows = Repository.files(below: "docs", endingIn: "threat-model.md")
    .flatMap(\.lines)
    .filter { $0.hasPrefix("| ") && !$0.hasPrefix("| attack ") && !$0.hasPrefix("| **") }
  static let names = rows.flatMap { names(inLastCellOf: $0) }

  @Test func everyDefenceNamesATest() {
    #expect(Self.rows.count > 20)
    for row in Self.rows {
      #expect(!Self.names(inLastCellOf: row).isEmpty, "\(row)")
    }
  }

  @Test func everyTestNamedIsThere() {
    let tests =
      Repository.files(below: "Tests", endingIn: ".swift").flatMap(\.swiftTests)
      + Repository.files(below: "Tests", endingIn: ".py").flatMap(\.pythonTests)
    let missing = Set(Self.names).subtracting(tests).sorted()
    #expect(missing.isEmpty, "\(missing)")
  }

  /// What stands between backquotes in the last column.
  private static func names(inLastCellOf row: Substring) -> [String] {
    let cells = row.split(separator: "|", omittingEmptySubsequences: false)
    let parts = cells.dropLast().last?.split(separator: "`", omittingEmptySubsequences: false) ?? []
    return parts.enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) }
  }
}

extension Repository.File {
  /// Functions with `@Test` before them, in their line or one above.
  fileprivate var swiftTests: [String] {
    var isTest = false
    return lines.compactMap { line in
      if line.contains("@Test") { isTest = true }
      guard isTest, let name = name(behind: "func ", in: line) else { return nil }
      isTest = false
      return name
    }
  }

  fileprivate var pythonTests: [String] {
    lines.filter { $0.hasPrefix("def test_") }.compactMap { name(behind: "def ", in: $0) }
  }

  private func name(behind keyword: String, in line: Substring) -> String? {
    guard let start = line.firstRange(of: keyword)?.upperBound, let end = line[start...].firstIndex(of: "(")
    else { return nil }
    return String(line[start..<end])
  }
}
