/// An element of an answer: either text or further elements.
struct XMLElement: Sendable, Equatable {
  enum Content: Sendable, Equatable {
    case text(String)
    case children([XMLElement])
  }

  let name: String
  let content: Content

  init(_ name: String, _ text: String) {
    self.name = name
    content = .text(text)
  }

  init(_ name: String, _ children: [XMLElement]) {
    self.name = name
    content = .children(children)
  }

  /// A set of `item` elements, as all of EC2's lists are.
  init(_ name: String, items: [[XMLElement]]) {
    self.init(name, items.map { XMLElement("item", $0) })
  }

  static let declaration = #"<?xml version="1.0" encoding="UTF-8"?>"# + "\n"

  /// The document on one line, as EC2 writes errors.
  var compact: String { Self.declaration + written(indent: nil, attributes: "") }

  /// The document with the namespace of the API version, indented as EC2 does.
  var document: String {
    let namespace = #" xmlns="http://ec2.amazonaws.com/doc/2016-11-15/""#
    return Self.declaration + written(indent: 0, attributes: namespace)
  }

  private func written(indent: Int?, attributes: String) -> String {
    let (newline, next) = indent.map { ("\n", $0 + 1) } ?? ("", nil as Int?)
    let outer = String(repeating: "    ", count: indent ?? 0)
    switch content {
    case .text(let text):
      return "\(outer)<\(name)\(attributes)>\(escaped(text))</\(name)>\(newline)"
    case .children(let children) where children.isEmpty:
      return "\(outer)<\(name)\(attributes)/>\(newline)"
    case .children(let children):
      let inner = children.map { $0.written(indent: next, attributes: "") }.joined()
      return "\(outer)<\(name)\(attributes)>\(newline)\(inner)\(outer)</\(name)>\(newline)"
    }
  }
}

private func escaped(_ text: String) -> String {
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}
