import AWS
import Dispatch
import FoundationEssentials
import Glibc
import Testing

/// A server of `transport_peer.py` (or another script beside it) that ends with the test process.
struct PeerProcess: Sendable {
  /// What the script printed when it was ready.
  private let ready: [UInt8]

  /// Starts a script beside this file, in an environment without AWS or proxy settings.
  ///
  /// Waits on a thread of its own: a blocked Task would hold up the other tests.
  static func start<Value: Decodable & Sendable>(_ script: String, as type: Value.Type) async throws -> Value
  {
    let ready = try await withCheckedThrowingContinuation { continuation in
      DispatchQueue.global().async {
        continuation.resume(with: Result { try PeerProcess(script).ready })
      }
    }
    return try JSONDecoder().decode(type, from: Data(ready))
  }

  private init(_ script: String) throws {
    let folder = String(#filePath.dropLast("/TransportPeer.swift".count))
    let python = unsafe getenv("VIPAD_PYTHON").map { unsafe String(cString: $0) } ?? "python3"
    let command = "exec env -i PATH=\"$PATH\" HOME=/tmp \(python) \(folder)/\(script)"
    guard let pipe = unsafe popen(command, "r") else { throw PeerFailure(script: script) }
    var line = [CChar](repeating: 0, count: 4096)
    guard unsafe fgets(&line, Int32(line.count), pipe) != nil else { throw PeerFailure(script: script) }
    // The pipe stays open: the script ends when its parent is gone.
    ready = line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
  }
}

/// A script that did not start; its standard error says why.
struct PeerFailure: Error {
  var script: String
}

/// The peer of the transport tests.
struct TransportPeer: Sendable {
  struct Ports: Decodable, Sendable {
    var ca: String
    var socket: String
    var plain: Int
    var tls: Int
    var otherName: Int
    var proxy: Int
    var mute: Int
    var stuck: Int
    var quitter: Int
  }

  /// Something the peer saw.
  struct Event: Decodable, Sendable {
    var event: String
    var connection: Int
    var how: String?
    var method: String?
    var target: String?
    var headers: [[String]]?
    var body: String?
    var line: String?
  }

  static let shared = Task { try await TransportPeer() }

  let ports: Ports
  private let control: CurlTransport

  private init() async throws {
    ports = try await PeerProcess.start("transport_peer.py", as: Ports.self)
    control = try CurlTransport()
  }

  func settings() -> CurlSettings { CurlSettings(caBundle: ports.ca) }

  func tls(_ path: String, _ tag: String) -> TransportRequest {
    TransportRequest(url: "https://127.0.0.1:\(ports.tls)/\(path)\(path.contains("?") ? "&" : "?")tag=\(tag)")
  }

  func plain(_ path: String, _ tag: String) -> TransportRequest {
    TransportRequest(
      url: "http://127.0.0.1:\(ports.plain)/\(path)\(path.contains("?") ? "&" : "?")tag=\(tag)")
  }

  /// Sets the answer to a POST whose body holds the key.
  func answer(_ key: String, status: Int = 200, headers: [String] = [], body: String) async throws {
    let query = [("key", key), ("status", "\(status)"), ("body", body)] + headers.map { ("header", $0) }
    let text = query.map { "\($0)=\(encoded($1))" }.joined(separator: "&")
    _ = try await control.send(TransportRequest(url: "http://127.0.0.1:\(ports.plain)/_answer?\(text)"))
  }

  private func encoded(_ text: String) -> String {
    text.utf8.map { "%\($0 < 16 ? "0" : "")\(String($0, radix: 16))" }.joined()
  }

  /// Waits until the peer saw `count` events of this kind for a tag, at most `seconds`.
  func events(_ event: String, _ tag: String, count: Int = 1, seconds: Double = 5) async throws -> [Event] {
    let name = event.split(separator: " ").joined(separator: "%20")
    let url =
      "http://127.0.0.1:\(ports.plain)/_wait?tag=\(tag)&event=\(name)&count=\(count)&seconds=\(seconds)"
    let answer = try await control.send(TransportRequest(url: url, timeoutMilliseconds: 20000))
    return try JSONDecoder().decode([Event].self, from: Data(answer.body))
  }
}

/// A name no other test uses.
func uniqueTag() -> String { UUID().uuidString }
