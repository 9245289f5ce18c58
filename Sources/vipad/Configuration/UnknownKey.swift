/// A key that the schema does not have, and what may have been meant.
///
/// Its value is never looked at.
struct UnknownKey {
  let name: String
  /// The table it is in.
  let path: SettingPath
  let known: [String]

  var reason: String {
    if isCredential {
      return
        "unknown key; credentials come from the environment, the shared credentials file or the instance role"
    }
    if let match = known.first(where: { Self.distance($0.lowercased(), name.lowercased()) <= 2 }) {
      return "unknown key; did you mean \(match)?"
    }
    if let section = ConfigurationSchema.sections.first(where: { $0.keys.contains { $0.name == name } }) {
      return "unknown key here; \(name) belongs into [\(section.name)]"
    }
    return "unknown key; known here: \(known.joined(separator: ", "))"
  }

  private var isCredential: Bool {
    let name = name.lowercased()
    return ["secret", "accesskey", "access_key", "sessiontoken", "session_token", "password"]
      .contains { name.contains($0) }
  }

  /// Levenshtein's distance: how many letters to add, drop or change.
  private static func distance(_ left: String, _ right: String) -> Int {
    let right = Array(right)
    var row = Array(0...right.count)
    for (index, letter) in left.enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for (column, other) in right.enumerated() {
        let change = diagonal + (letter == other ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(change, row[column] + 1, diagonal + 1)
      }
    }
    return row[right.count]
  }
}
