import FoundationEssentials
import Glibc

@testable import HTTPServer

/// Python's reading of JSON objects, to compare the scanner's with.
enum JSONPeer {
  private struct Failed: Error {}

  /// The keys of each input in their order; nil where it is no JSON object.
  static func membersOfObjects(_ inputs: [[UInt8]]) throws -> [[String]?] {
    let file = FileManager.default.temporaryDirectory.path + "/vipad-json-\(UUID().uuidString)"
    let question = inputs.map { Data($0).base64EncodedString() }
    try JSONEncoder().encode(question).write(to: URL(filePath: file))
    defer { try? FileManager.default.removeItem(atPath: file) }
    let script = String(#filePath.dropLast("JSONPeer.swift".count)) + "json_peer.py"
    return try JSONDecoder().decode([[String]?].self, from: try output("python3 '\(script)' '\(file)'"))
  }

  enum Verdict {
    case members([String])
    case noJSON
    /// JSON perhaps, but not for a request.
    case notWanted
  }

  /// The same by the scanner.
  static func verdictByScanner(of input: [UInt8]) -> Verdict {
    do throws(JSONFault) {
      return .members(try JSONScanner.membersOfObject(in: input).map(\.key))
    } catch {
      if case .syntax = error { return hasHalfPair(input) ? .notWanted : .noJSON }
      return .notWanted
    }
  }

  /// Python keeps half a surrogate pair, which is no text.
  private static func hasHalfPair(_ input: [UInt8]) -> Bool {
    String(decoding: input, as: UTF8.self).lowercased().contains("\\ud")
  }

  private static func output(_ command: String) throws -> Data {
    guard let pipe = unsafe popen(command, "r") else { throw Failed() }
    var bytes: [UInt8] = []
    while case let byte = unsafe getc(pipe), byte != EOF { bytes.append(UInt8(byte)) }
    guard unsafe pclose(pipe) == 0 else { throw Failed() }
    return Data(bytes)
  }
}
