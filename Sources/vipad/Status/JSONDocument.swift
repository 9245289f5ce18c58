import FoundationEssentials

/// An object that the API answers with.
///
/// Members are in alphabetical order, so that equal documents are equal bytes.
protocol JSONDocument: Encodable, Equatable, Sendable {}

extension JSONDocument {
  /// The document as JSON text with a newline at its end.
  func jsonBytes() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
  }
}

/// A member that stands in the document as null when it is not known, instead of being left out.
@propertyWrapper
struct OrNull<Value: Encodable & Equatable & Sendable>: Encodable, Equatable, Sendable {
  var wrappedValue: Value?

  init(wrappedValue: Value?) {
    self.wrappedValue = wrappedValue
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let wrappedValue { try container.encode(wrappedValue) } else { try container.encodeNil() }
  }
}

extension Date {
  /// RFC 3339 in UTC with milliseconds, as all times of the API are.
  var rfc3339: String {
    formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
  }
}
