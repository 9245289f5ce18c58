import FoundationEssentials

/// A JSON value of the daemon's answer, read by name; what is absent or null is nil.
///
/// The commands show what is there, so an older command line still reads a newer daemon.
enum JSONValue: Sendable, Equatable {
  case text(String)
  case number(Double)
  case boolean(Bool)
  case list([JSONValue])
  case object([String: JSONValue])
  case null

  /// A member of an object.
  subscript(name: String) -> JSONValue? {
    guard case .object(let members) = self, let member = members[name], member != .null else { return nil }
    return member
  }

  /// The elements of a list; none for anything else.
  var elements: [JSONValue] {
    if case .list(let elements) = self { elements } else { [] }
  }

  /// The members of an object in the order of their names; none for anything else.
  var members: [(name: String, value: JSONValue)] {
    guard case .object(let members) = self else { return [] }
    return members.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
  }

  var isTrue: Bool? {
    if case .boolean(let boolean) = self { boolean } else { nil }
  }

  /// The value in one line: a list's elements with commas, an object's members as `name: value`.
  var shown: String {
    switch self {
    case .text(let text): oneLine(text)
    case .number(let number):
      number.rounded() == number && abs(number) < 1e15 ? String(Int(number)) : String(number)
    case .boolean(let boolean): String(boolean)
    case .list(let elements): elements.map(\.shown).joined(separator: ",")
    case .object: members.map { "\($0.name): \($0.value.shown)" }.joined(separator: ", ")
    case .null: "-"
    }
  }
}

/// A text without what moves a terminal's cursor.
func oneLine(_ text: String) -> String {
  String(
    String.UnicodeScalarView(
      text.unicodeScalars.map { scalar in
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: " "
        default: scalar
        }
      }))
}

extension JSONValue: Decodable {
  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let boolean = try? container.decode(Bool.self) {
      self = .boolean(boolean)
    } else if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else if let text = try? container.decode(String.self) {
      self = .text(text)
    } else if let elements = try? container.decode([JSONValue].self) {
      self = .list(elements)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  /// Reads an answer's body; nil where it is no JSON.
  init?(_ body: [UInt8]) {
    guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(body)) else { return nil }
    self = value
  }
}
