/// An element of an XML answer: its name, its own text and its children.
struct XMLElement: Sendable, Equatable {
  var name: String
  /// The element's own text without surrounding white space.
  var text = ""
  var children: [XMLElement] = []

  /// The first child of this name.
  subscript(_ name: String) -> XMLElement? { children.first { $0.name == name } }

  /// The text at the end of a path of names; nil when a name is missing or the text is empty.
  func text(_ path: String...) -> String? {
    var element = self
    for name in path {
      guard let child = element[name] else { return nil }
      element = child
    }
    return element.text.isEmpty ? nil : element.text
  }

  /// The items of a set, EC2's form of a list: `<NAME><item/><item/></NAME>`.
  func items(_ name: String) -> [XMLElement] {
    self[name]?.children.filter { $0.name == "item" } ?? []
  }
}

/// Why bytes are not an XML document that is accepted here.
enum XMLError: Error, Sendable, Equatable, CustomStringConvertible {
  case tooLong(maximumBytes: Int)
  case tooDeep(maximumDepth: Int)
  case documentType
  case malformed(line: Int, reason: String)
  case outOfMemory

  var description: String {
    switch self {
    case .tooLong(let bytes): "XML of over \(bytes) bytes"
    case .tooDeep(let depth): "XML nested over \(depth) deep"
    case .documentType: "XML with a document type declaration"
    case .malformed(let line, let reason): "not XML: \(reason) in line \(line)"
    case .outOfMemory: "no memory for XML"
    }
  }
}
