import HTTPServer
import Synchronization
import Testing

/// A head that a connection has seen before is not read again; one that differs in anything is.
@Suite struct KnownHeadTests {
  private static let known = "POST /claim?wait=1 HTTP/1.1\r\nHost: x\r\nA: b\r\nContent-Length: 2\r\n\r\n"

  private final class Received: Sendable {
    let requests = Mutex<[HTTPRequest]>([])
  }

  /// Answers with all that it understood of a request.
  private func listener() throws -> HTTPListener {
    try HTTPListener(loopback()) { request in
      let fields = request.headers.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
      let body = String(decoding: request.body, as: UTF8.self)
      let text = "\(request.method) \(request.path) \(request.rawQuery) \(fields) \(body)"
      return HTTPResponse(status: 200, headers: [("Content-Type", "text/plain")], body: Array(text.utf8))
    }
  }

  @Test func eachRequestHasItsOwnBodyAndTime() throws {
    let received = Received()
    let listener = try HTTPListener(loopback()) { request in
      received.requests.withLock { $0.append(request) }
      return HTTPResponse(status: 200)
    }
    defer { listener.stop() }
    let client = try RawClient(port: listener.port)
    for body in ["ab", "cd", "ef"] {
      client.send(Self.known + body)
      #expect(client.readAnswer()?.status == 200)
    }
    let requests = received.requests.withLock { $0 }
    #expect(requests.map { String(decoding: $0.body, as: UTF8.self) } == ["ab", "cd", "ef"])
    #expect(requests.map(\.headers.count) == [3, 3, 3])
    #expect(
      requests[0].receivedAt < requests[1].receivedAt && requests[1].receivedAt < requests[2].receivedAt)
  }

  /// Whatever a byte becomes, or two that separate, the answer is that of a connection which has seen nothing before.
  @Test func whatDiffersIsReadAnew() throws {
    let listener = try listener()
    defer { listener.stop() }
    let head = Array(Self.known.utf8)
    var changes: [[Int: UInt8]] = head.indices.flatMap { position in
      ([0, 9, 10, 13, 32, 37, 48, 58, 63, 66, 98, 128] as [UInt8]).map { [position: $0] }
    }
    let separators = head.indices.filter { " :?=\r\n".utf8.contains(head[$0]) }
    for (first, second) in zip(separators, separators.dropFirst()) {
      for one in [0, 10, 13, 32, 58] as [UInt8] {
        changes += ([0, 10, 13, 32, 58] as [UInt8]).map { [first: one, second: $0] }
      }
    }
    for change in changes {
      var changed = head
      for (position, byte) in change { changed[position] = byte }
      let stranger = try RawClient(port: listener.port)
      stranger.send(changed + Array("ab".utf8))
      stranger.end()
      let client = try RawClient(port: listener.port)
      for _ in 1...2 {
        client.send(Self.known + "ab")
        #expect(client.readAnswer()?.body.hasSuffix(" ab") == true)
      }
      client.send(changed + Array("ab".utf8))
      client.end()
      let (expected, answer) = (stranger.readToEnd(), client.readToEnd())
      #expect(answer.closed && expected.closed)
      #expect(said(answer.text) == said(expected.text), "\(change)")
    }
  }

  /// The library decodes in place: different targets can look the same afterwards.
  @Test func targetsThatAreDecodedToTheSameAreDifferent() throws {
    let listener = try listener()
    defer { listener.stop() }
    let client = try RawClient(port: listener.port)
    for target in ["/a%62c", "/%61bc", "/ab%63", "/a%62c"] {
      client.send("GET \(target) HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(client.readAnswer()?.body.hasPrefix("GET \(target) ") == true)
    }
  }

  /// The statuses, and what was understood of what was served; the library words its own refusals in two ways.
  private func said(_ answers: String) -> [Substring] {
    answers.split(separator: "\r\n").filter { $0.hasPrefix("HTTP/") || $0.contains(" /") }
  }
}
