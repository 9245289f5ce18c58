/// The parameters of one call to the Query API.
struct Parameters: Sendable {
  private let values: [String: String]

  init(_ pairs: [(name: String, value: String)]) {
    values = Dictionary(pairs.map { ($0.name, $0.value) }) { first, _ in first }
  }

  subscript(name: String) -> String? { values[name] }

  /// The part of each name before its first dot.
  var topLevelNames: Set<String> {
    Set(values.keys.map { String($0.prefix { $0 != "." }) })
  }

  /// The values of `Name.1`, `Name.2` ..., in order of their numbers; they need not be contiguous.
  func list(_ name: String) -> [String] {
    numbered(name).map(\.value)
  }

  /// The filters `Filter.N.Name` with their `Filter.N.Value.M`.
  var filters: [(name: String, values: [String])] {
    let numbers = Set(
      values.keys.compactMap { key -> Int? in
        let parts = key.split(separator: ".")
        return parts.count > 2 && parts[0] == "Filter" ? Int(parts[1]) : nil
      })
    return numbers.sorted().map { (values["Filter.\($0).Name"] ?? "", list("Filter.\($0).Value")) }
  }

  func required(_ name: String) throws(EC2Error) -> String {
    guard let value = values[name], !value.isEmpty else {
      throw .missing(name.prefix(1).lowercased() + name.dropFirst())
    }
    return value
  }

  func flag(_ name: String) throws(EC2Error) -> Bool {
    switch values[name]?.lowercased() {
    case nil, "false": return false
    case "true": return true
    case let other?: throw .value("Invalid boolean value: \(other) for \(name)")
    }
  }

  func number(_ name: String) throws(EC2Error) -> Int? {
    guard let text = values[name] else { return nil }
    guard let number = Int(text), number >= 0 else {
      throw .value("Invalid integer value: \(text) for \(name)")
    }
    return number
  }

  private func numbered(_ name: String) -> [(number: Int, value: String)] {
    values.compactMap { key, value -> (number: Int, value: String)? in
      guard key.hasPrefix(name + "."), let number = Int(key.dropFirst(name.count + 1)) else { return nil }
      return (number, value)
    }
    .sorted { $0.number < $1.number }
  }
}
