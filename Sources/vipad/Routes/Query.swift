import HTTPServer

/// The parameters of a request, each of which must be known and may stand there once.
struct Query {
  private let values: [String: String]

  init(_ request: HTTPRequest, allowing names: Set<String>) throws(Problem) {
    guard !request.rawQuery.isEmpty else {
      values = [:]
      return
    }
    var values: [String: String] = [:]
    for (name, value) in request.query {
      guard names.contains(name) else { throw .field(name, Self.unknown(names)) }
      guard values.updateValue(value, forKey: name) == nil else { throw .field(name, "stands there twice") }
    }
    self.values = values
  }

  /// `wait`: how long the caller waits for the claim, in seconds; 0 where it is left out.
  func waitSeconds() throws(Problem) -> Double {
    guard let text = values["wait"] else { return 0 }
    guard Self.isDecimal(text), let seconds = Double(text), (0...60).contains(seconds) else {
      throw .field("wait", "must be a number of seconds, 0 to 60")
    }
    return seconds
  }

  /// A parameter as it was sent; nil where it is left out.
  func text(_ name: String) -> String? { values[name] }

  /// A whole number within bounds, or `byDefault` where it is left out.
  func integer(_ name: String, in bounds: ClosedRange<UInt64>, byDefault: UInt64) throws(Problem) -> UInt64 {
    guard let text = values[name] else { return byDefault }
    guard Self.isDigits(text), let number = UInt64(text), bounds.contains(number) else {
      throw .field(name, "must be a whole number, \(bounds.lowerBound) to \(bounds.upperBound)")
    }
    return number
  }

  /// What JSON calls a number, more or less: Swift reads `0x1p3`, `nan` and `+1` too.
  private static func isDecimal(_ text: String) -> Bool {
    text.utf8.first.map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } == true
      && text.utf8.allSatisfy { "0123456789.eE+-".utf8.contains($0) }
  }

  private static func isDigits(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }

  private static func unknown(_ names: Set<String>) -> String {
    guard !names.isEmpty else { return "is not known here: this call takes no parameter" }
    return "is not known here; known: \(names.sorted().joined(separator: ", "))"
  }
}
