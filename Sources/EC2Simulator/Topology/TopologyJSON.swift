import FoundationEssentials

extension Topology {
  /// Reads a topology.
  ///
  /// - Throws: `SimulatorError.topology`, naming the key at fault.
  public init(json: [UInt8]) throws(SimulatorError) {
    do {
      self = try JSONDecoder().decode(Topology.self, from: Data(json))
      let given = try JSONDecoder().decode(JSONTree.self, from: Data(json))
      let known = try JSONDecoder().decode(JSONTree.self, from: Data(self.json.utf8))
      if let key = given.firstKey(missingIn: known) { throw SimulatorError.topology("unknown key \(key)") }
    } catch let error as SimulatorError {
      throw error
    } catch let error as DecodingError {
      throw .topology(described(error))
    } catch {
      throw .topology("\(error)")
    }
  }

  /// The topology as a file for people: indented, its keys in alphabetical order.
  public var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    // It consists of strings, numbers and lists only: nothing that an encoder refuses.
    guard let data = try? encoder.encode(self) else { return "{}" }
    return String(decoding: data, as: UTF8.self)
  }
}

private func described(_ error: DecodingError) -> String {
  switch error {
  case .keyNotFound(let key, let context): "\(path(context))\(key.stringValue) is missing"
  case .typeMismatch(_, let context), .valueNotFound(_, let context):
    "\(path(context)) \(context.debugDescription)"
  case .dataCorrupted(let context): "\(path(context)) \(context.debugDescription)"
  @unknown default: "\(error)"
  }
}

private func path(_ context: DecodingError.Context) -> String {
  context.codingPath.map { key in key.intValue.map { "[\($0)]." } ?? "\(key.stringValue)." }.joined()
}
