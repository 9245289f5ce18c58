import FoundationEssentials

/// A type that a request's JSON body is decoded to.
public protocol JSONBodyKeys: Decodable {
  /// Every key that the object may have; another one is refused by name.
  static var keys: Set<String> { get }
}

/// Reads JSON bodies more strictly than the decoder does.
public enum JSONBody {
  /// Decodes a body, or says what is wrong with it, naming the field.
  ///
  /// Refused are: anything but UTF-8 without a byte order mark and NUL, nesting over 8, the same key twice,
  /// anything after the object, keys that the type does not list, values of another type. Source: RFC 8259.
  ///
  /// - Throws: `Problem` with status 400, its member `field` naming the field where there is one.
  public static func decode<Body: JSONBodyKeys>(
    _ type: Body.Type, from body: [UInt8]
  ) throws(Problem) -> Body {
    let members = try scan(body)
    if let unknown = members.map(\.key).first(where: { !Body.keys.contains($0) }) {
      let known = Body.keys.sorted().joined(separator: ", ")
      throw fieldProblem(unknown, "is not known here", remedy: "the fields are: \(known)")
    }
    if let null = members.first(where: \.isNull) {
      throw fieldProblem(null.key, "is null: leave it out instead")
    }
    do {
      return try JSONDecoder().decode(type, from: Data(body))
    } catch {
      throw problem(for: error) ?? problem(ofNumbersIn: members, type)
    }
  }

  private static func scan(_ body: [UInt8]) throws(Problem) -> [JSONMember] {
    do throws(JSONFault) {
      return try JSONScanner.membersOfObject(in: body)
    } catch {
      if case .duplicateKey(let key) = error { throw fieldProblem(key, "is there twice") }
      throw Problem(status: 400, detail: "the body is not acceptable JSON: \(error.description)")
    }
  }

  /// What the decoder refused, in words for the sender; nil if it does not say where.
  private static func problem(for error: any Error) -> Problem? {
    switch error {
    case DecodingError.typeMismatch(let type, let context):
      fieldProblem(path(context.codingPath), "must be \(jsonName(of: type))")
    case DecodingError.valueNotFound(let type, let context):
      fieldProblem(path(context.codingPath), "must be \(jsonName(of: type)), not null")
    case DecodingError.keyNotFound(let key, _):
      fieldProblem(key.stringValue, "is missing")
    case DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty:
      fieldProblem(path(context.codingPath), "has a value that is not possible: \(context.debugDescription)")
    default: nil
    }
  }

  /// Names the member whose number the type cannot hold, which the decoder does not: it is the one that the
  /// decoder refuses alone too.
  private static func problem<Body: JSONBodyKeys>(
    ofNumbersIn members: [JSONMember], _ type: Body.Type
  ) -> Problem {
    let fault = members.first { member in
      do {
        _ = try JSONDecoder().decode(
          type, from: Data([UInt8(ascii: "{")] + member.text + [UInt8(ascii: "}")]))
        return false
      } catch {
        if case DecodingError.dataCorrupted = error { return true }
        return false
      }
    }
    return fault.map { fieldProblem($0.key, "has a number that is not possible there") }
      ?? Problem(status: 400, detail: "the body is not acceptable JSON")
  }

  private static func fieldProblem(_ field: String, _ fault: String, remedy: String? = nil) -> Problem {
    Problem(
      status: 400, detail: "field \"\(field)\" \(fault)", remedy: remedy,
      members: [Problem.Member("field", .string(field))])
  }

  private static func path(_ keys: [any CodingKey]) -> String {
    keys.map { key in key.intValue.map(String.init) ?? key.stringValue }.joined(separator: ".")
  }

  /// A Swift type in JSON's words.
  private static func jsonName(of type: any Any.Type) -> String {
    switch type {
    case is String.Type: "a string"
    case is Bool.Type: "true or false"
    case is any BinaryInteger.Type: "a whole number"
    case is any BinaryFloatingPoint.Type: "a number"
    default: "\(type)".hasPrefix("Array") ? "an array" : "an object"
    }
  }
}

extension HTTPRequest {
  /// Makes sure that the body says it is JSON.
  ///
  /// - Throws: `Problem` with status 415 unless Content-Type is application/json, in UTF-8 if it says so.
  public func requireJSONContentType() throws(Problem) {
    let parts = (header("Content-Type") ?? "").split(separator: ";").map { trimmed($0).lowercased() }
    let isJSON = parts.first == "application/json"
    let isUTF8 = parts.dropFirst().allSatisfy { ["charset=utf-8", "charset=\"utf-8\""].contains($0) }
    if isJSON && isUTF8 { return }
    throw Problem(
      status: 415, detail: "the body's Content-Type is not application/json",
      remedy: "send Content-Type: application/json")
  }
}

private func trimmed(_ text: Substring) -> Substring {
  var text = text
  while text.first == " " || text.first == "\t" { text.removeFirst() }
  while text.last == " " || text.last == "\t" { text.removeLast() }
  return text
}

extension JSONMember {
  /// True where the value is null: no string ends so, it has its quote.
  fileprivate var isNull: Bool {
    let end = text.lastIndex { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } ?? text.startIndex
    return text[...end].suffix(4).elementsEqual("null".utf8)
  }
}
