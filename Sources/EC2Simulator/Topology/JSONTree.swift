/// Any JSON, of which only the keys matter.
indirect enum JSONTree: Decodable {
  case object([String: JSONTree])
  case array([JSONTree])
  case scalar
  case null

  init(from decoder: any Decoder) throws {
    if let object = try? [String: JSONTree](from: decoder) {
      self = .object(object)
    } else if let array = try? [JSONTree](from: decoder) {
      self = .array(array)
    } else {
      self = try decoder.singleValueContainer().decodeNil() ? .null : .scalar
    }
  }

  /// The path of the first key that the other tree does not have: one that a decoder has ignored.
  func firstKey(missingIn other: JSONTree, path: String = "") -> String? {
    switch (self, other) {
    case (.object(let mine), .object(let others)):
      for (key, tree) in mine.sorted(by: { $0.key < $1.key }) {
        if case .null = tree { continue }
        guard let counterpart = others[key] else { return path + key }
        if let missing = tree.firstKey(missingIn: counterpart, path: "\(path)\(key).") { return missing }
      }
    case (.array(let mine), .array(let others)):
      for (index, (tree, counterpart)) in zip(mine, others).enumerated() {
        if let missing = tree.firstKey(missingIn: counterpart, path: "\(path)[\(index)].") { return missing }
      }
    default: break
    }
    return nil
  }
}
