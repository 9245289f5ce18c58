import HTTPServer
import Testing

/// What the library lets pass and the guard refuses, as bytes on a socket.
@Suite struct RefusalTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let what: String
    let request: String
    let status: Int
    let closes: Bool
    var testDescription: String { what }

    init(_ what: String, _ request: String, _ status: Int, closes: Bool) {
      self.what = what
      self.request = request
      self.status = status
      self.closes = closes
    }
  }

  static let cases = [
    Case("two Content-Length", get("Content-Length: 0", "Content-Length: 5") + "GET /2", 400, closes: true),
    Case("the same Content-Length twice", get("Content-Length: 0", "Content-Length: 0"), 400, closes: true),
    Case(
      "Content-Length with Transfer-Encoding",
      get("Content-Length: 3", "Transfer-Encoding: chunked") + "0\r\n\r\n", 400, closes: true),
    Case("chunked", get("Transfer-Encoding: chunked") + "0\r\n\r\n", 411, closes: true),
    Case(
      "a 20 kB chunk extension",
      get("Transfer-Encoding: chunked") + "1;" + String(repeating: "x", count: 20_000) + "\r\n", 411,
      closes: true),
    Case("another Transfer-Encoding", get("Transfer-Encoding: gzip"), 411, closes: true),
    Case("two Host", get("Host: y"), 400, closes: true),
    Case("no Host", "GET / HTTP/1.1\r\n\r\n", 400, closes: true),
    Case("a space before the colon", get("Content-Length : 2") + "ab", 400, closes: true),
    Case("a folded line", get("A: b\r\n c"), 400, closes: true),
    Case("a folded line that hides a length", get("A: b\r\n Content-Length: 2"), 400, closes: true),
    Case("a bare carriage return in a value", get("A: b\rc"), 400, closes: true),
    Case("a bare line feed between fields", "GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n", 400, closes: true),
    Case("an escape character in a value", get("A: \u{1B}[2J"), 400, closes: true),
    Case("a C1 control character in a value", get("A: b\u{9B}2J"), 400, closes: true),
    Case("a next line in a value", get("A: b\u{85}c"), 400, closes: true),
    Case("a line separator in a value", get("A: b\u{2028}c"), 400, closes: true),
    Case("a paragraph separator in a value", get("A: b\u{2029}c"), 400, closes: true),
    Case("a NUL in a value", get("A: b\0c"), 400, closes: true),
    Case("a NUL in a value, evened out by a bare line feed", get("A: b\0", "B: c\nC: d"), 400, closes: true),
    Case("a name that is no token", get("A(b): c"), 400, closes: true),
    Case("a NUL in the path", "GET /a\0b HTTP/1.1\r\nHost: x\r\n\r\n", 400, closes: true),
    Case(
      "a NUL in the path, evened out by a bare line feed", "GET /a\0 HTTP/1.1\r\nHost: x\r\n\n", 400,
      closes: true),
    Case("%00 in the path", "GET /a%00b HTTP/1.1\r\nHost: x\r\n\r\n", 400, closes: false),
    Case("%00 in the query", "GET /?a=%00 HTTP/1.1\r\nHost: x\r\n\r\n", 400, closes: false),
    Case("half an escape", "GET /a%4 HTTP/1.1\r\nHost: x\r\n\r\n", 400, closes: false),
    Case("a space in the path", "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", 400, closes: true),
    Case("two spaces before the path", "GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400, closes: true),
    Case(
      "two spaces before the path, evened out by a bare line feed", "GET  / HTTP/1.1\r\nHost: x\n\r\n", 400,
      closes: true),
    Case(
      "a byte behind a NUL that begins a line, evened out by a bare line feed",
      "GET / HTTP/1.1\r\nHost: x\n\0y\n", 400, closes: true),
    Case(
      "a byte behind a colon that begins a line, evened out by a bare line feed",
      "GET / HTTP/1.1\r\nHost: x\n:y\n", 400, closes: true),
    Case(
      "a byte behind a NUL that ends a value, evened out by bare line feeds",
      "GET / HTTP/1.1\r\nHost: x\0y\n\n", 400, closes: true),
    Case("bytes that are no ASCII in the path", "GET /ä HTTP/1.1\r\nHost: x\r\n\r\n", 400, closes: true),
    Case("HTTP/1.9", "GET / HTTP/1.9\r\nHost: x\r\n\r\n", 505, closes: false),
    Case("another expectation", get("Expect: 200-ok"), 417, closes: false),
    Case(
      "a bare carriage return behind an unknown method", "BREW /a\rb HTTP/1.1\r\nHost: x\r\n\r\n", 400,
      closes: true),
    Case("an unknown method", "BREW / HTTP/1.1\r\nHost: x\r\n\r\n", 501, closes: false),
    Case("a method in small letters", "get / HTTP/1.1\r\nHost: x\r\n\r\n", 501, closes: false),
    Case("a header over 8,192 bytes", get("A: " + String(repeating: "x", count: 8_200)), 431, closes: false),
    Case("a body over 4,096 bytes", get("Content-Length: 4097"), 413, closes: true),
    Case("a body over any number", get("Content-Length: 9223372036854775807"), 413, closes: true),
  ]

  @Test("a bare carriage return in the version is refused by the library, once") func versionIsNone() throws {
    let listener = try describingListener()
    let client = try RawClient(port: listener.port)
    client.send("GET / HTTP/1.1\rb\r\nHost: x\r\n\r\n")
    #expect(try #require(client.readAnswer()).status == 400)
    let rest = client.readToEnd()
    #expect(rest.closed && rest.text.isEmpty, "one answer and no more")
  }

  @Test(arguments: cases) func isRefused(_ bad: Case) throws {
    let listener = try describingListener()
    let client = try RawClient(port: listener.port)
    client.send(bad.request)
    let answer = try #require(client.readAnswer())
    #expect(answer.status == bad.status)
    #expect(answer.head.contains("application/problem+json"))
    #expect(answer.head.contains("Connection: close") == bad.closes)
    if bad.closes {
      let rest = client.readToEnd()
      #expect(rest.closed && rest.text.isEmpty, "one answer and no more")
    } else {
      client.send(get())
      #expect(client.readAnswer()?.status == 200)
    }
  }

  @Test(arguments: [
    get(), get("A:b"), get("A:  b \t"), get("A:"), get("A: "), get("A: \u{E4}\u{A0}\u{2027}\u{1F600}"),
    get("Content-Length: 0"),
    "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    "\r\n" + get(), "GET /a%20b?c=%C3%A4 HTTP/1.1\r\nHost: x\r\n\r\n",
    get("A: " + String(repeating: "x", count: 8_000)),
  ])
  func whatIsRightPasses(_ request: String) throws {
    let listener = try describingListener()
    let client = try RawClient(port: listener.port)
    client.send(request)
    #expect(client.readAnswer()?.status == 200)
  }

  @Test(
    "what the library refuses itself is one 4xx and closes, without its words",
    arguments: [
      get("Content-Length: -1"), get("Content-Length: 0, 0"), get("no colon"),
      get("A: " + String(repeating: "x", count: 20_000)),
      "GET /" + String(repeating: "x", count: 20_000) + " HTTP/1.1\r\nHost: x\r\n\r\n",
    ])
  func libraryRefuses(_ request: String) throws {
    let listener = try describingListener()
    let client = try RawClient(port: listener.port)
    client.send(request)
    let answer = client.readToEnd()
    #expect(answer.text.hasPrefix("HTTP/1.1 4") && answer.closed)
    #expect(answer.text.ranges(of: "HTTP/1.1").count == 1)
  }

  @Test("a header that comes byte by byte is understood as if it came at once")
  func slowHeaderIsTheSame() throws {
    let listener = try describingListener()
    let client = try RawClient(port: listener.port)
    for byte in get("A: " + String(repeating: "x", count: 3_000), "B: c").utf8 { client.send([byte]) }
    #expect(client.readAnswer()?.status == 200)
  }

  @Test("a body of exactly 4,096 bytes arrives whole, also after 100 Continue")
  func longestBody() throws {
    let listener = try describingListener()
    let output = shell(
      "head -c 4096 /dev/zero | curl -sS -H 'Expect: 100-continue' --data-binary @- http://127.0.0.1:\(listener.port)/x"
    )
    #expect(output.hasPrefix("POST /x  4096 "))
  }
}

/// A request for `/` with further header lines.
private func get(_ lines: String...) -> String {
  (["GET / HTTP/1.1", "Host: x"] + lines).joined(separator: "\r\n") + "\r\n\r\n"
}
