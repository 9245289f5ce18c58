import Dispatch
import HTTPServer
import Testing

@Suite struct ResponseTests {
  @Test("HEAD gets GET's header without the body") func headIsGetWithoutBody() throws {
    let kept = HTTPResponse(
      status: 200, headers: [("Content-Type", "application/json"), ("ETag", "\"a\"")], body: Array("{}".utf8))
    let listener = try HTTPListener(loopback()) { _ in kept }
    let url = "http://127.0.0.1:\(listener.port)/"
    func withoutDate(_ head: String) -> [Substring] {
      head.split(separator: "\r\n").filter { !$0.hasPrefix("Date") }
    }
    let get = withoutDate(shell("curl -sS -D - -o /dev/null \(url)"))
    #expect(get == withoutDate(shell("curl -sS -I \(url)")))
    #expect(get.contains("Content-Length: 2") && get.contains("ETag: \"a\""))
    #expect(shell("curl -sS -I \(url)").contains("Date: "))
  }

  @Test("one response answers many connections at once, and outlives them") func responseIsShared() throws {
    let kept = HTTPResponse(status: 200, body: [UInt8](repeating: 0x61, count: 600))
    let listener = try HTTPListener(loopback()) { _ in kept }
    let output = shell("wrk -t1 -c16 -d1s http://127.0.0.1:\(listener.port)/ || echo no wrk")
    #expect(!output.contains("Non-2xx") && !output.contains("Socket errors"))
    listener.stop()
    #expect(kept.body.count == 600)
  }

  @Test("a lease lasts until the client has taken the answer or is gone", arguments: [true, false])
  func leaseIsGivenBack(reads: Bool) throws {
    let ended = DispatchSemaphore(value: 0)
    let listener = try HTTPListener(loopback()) { _ in
      HTTPResponse(
        status: 200, body: [UInt8](repeating: 0x61, count: 8_000_000), lease: Lease { ended.signal() })
    }
    var client: RawClient? = try RawClient(port: listener.port)
    client?.send("GET / HTTP/1.0\r\n\r\n")
    // More than the sockets hold between them is still to be taken.
    #expect(ended.wait(timeout: .now() + 0.2) == .timedOut)
    if reads { #expect(client?.readToEnd(withinSeconds: 20).text.utf8.count ?? 0 > 8_000_000) }
    client = nil
    #expect(ended.wait(timeout: .now() + 10) == .success)
  }

  @Test("304 has no body and keeps the connection") func notModified() throws {
    let listener = try HTTPListener(loopback()) { _ in HTTPResponse(status: 304, headers: [("ETag", "\"a\"")])
    }
    let client = try RawClient(port: listener.port)
    for _ in 0..<2 {
      client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(client.readAnswer()?.status == 304)
    }
  }

  @Test(
    "a header field that would split the answer makes it a 500",
    arguments: [
      ("X-A", "b\r\nX-C: d"), ("X-A", "b\nc"), ("X A", "b"), ("X-A\r\n", "b"), ("X-A", "\0"), ("", "b"),
      ("X-A", ""),
      ("Content-Length", "5"), ("transfer-encoding", "chunked"),
    ])
  func splittingHeaderIsRefused(_ field: (String, String)) {
    let response = HTTPResponse(status: 200, headers: [("X-Good", "1"), (name: field.0, value: field.1)])
    #expect(response.status == 500)
    #expect(!response.headers.contains { $0.name == field.0 })
  }

  @Test("a cut answer declares its length and ends early") func cutAnswer() throws {
    let listener = try HTTPListener(loopback()) { _ in
      .cut(status: 200, body: [UInt8](repeating: 0x61, count: 1_000), sentBytes: 300)
    }
    let output = shell("curl -sS http://127.0.0.1:\(listener.port)/ | sed 's/a//g'")
    #expect(output.contains("curl: (18)") && output.contains("700 bytes remaining"))
  }

  @Test("a reset answer is a TCP reset") func resetAnswer() throws {
    let listener = try HTTPListener(loopback()) { _ in .reset }
    #expect(shell("curl -sS http://127.0.0.1:\(listener.port)/").contains("curl: (56)"))
  }

  @Test("a problem is RFC 9457 with its own members after the standard ones") func problemIsJSON() throws {
    let problem = Problem(
      status: 502, detail: "EC2 said \"no\"\n\u{1B}\u{2028}", remedy: "ask \\ an ä",
      members: [
        .init("errorCode", .string("X")), .init("n", .integer(3)), .init("vips", .strings(["a", "b"])),
      ])
    let listener = try HTTPListener(loopback()) { _ in problem.response(headers: [("Retry-After", "1")]) }
    let url = "http://127.0.0.1:\(listener.port)/"
    let output = shell("curl -sS -D - \(url)")
    #expect(output.contains("502 Bad Gateway") && output.contains("Retry-After: 1"))
    #expect(output.contains("Content-Type: application/problem+json"))
    let check =
      "import json,sys; d = json.load(sys.stdin); print(list(d), d['title'], ascii(d['detail']), d['remedy'])"
    #expect(
      shell("curl -sS \(url) | PYTHONUTF8=1 python3 -c \"\(check)\"")
        == "['type', 'title', 'status', 'detail', 'remedy', 'errorCode', 'n', 'vips'] Bad Gateway "
        + "'EC2 said \"no\"\\n\\x1b\\u2028' ask \\ an ä\n")
  }

  @Test func requestIsWhatWasSent() throws {
    let listener = try HTTPListener(loopback()) { request in
      let query = request.query.map { "\($0.name)=\($0.value)" }.joined(separator: ";")
      let text = "\(request.path)|\(query)|\(request.header("x-a") ?? "-")|\(request.peer)"
      return HTTPResponse(status: 200, body: Array(text.utf8))
    }
    let output = shell(
      "curl -sS --path-as-is -H 'X-A:  two words ' 'http://127.0.0.1:\(listener.port)//a/../b%20?x=1%202+3&y&z=%C3%A4&x='"
    )
    #expect(output == "//a/../b%20|x=1 2 3;y=;z=ä;x=|two words|tcp(address: \"127.0.0.1\")")
  }
}

/// Says when it ends.
private final class Lease: Sendable {
  private let onEnd: @Sendable () -> Void
  init(onEnd: @escaping @Sendable () -> Void) { self.onEnd = onEnd }
  deinit { onEnd() }
}
