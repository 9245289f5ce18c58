import AWS
import Testing

/// Whom the transport speaks to, and what it says when it can't.
@Suite(.serialized) struct TransportTrustTests {
  let peer: TransportPeer
  let tag = uniqueTag()

  init() async throws { peer = try await TransportPeer.shared.value }

  private func failure(_ url: String, _ settings: CurlSettings, connect: Int = 2000) async -> TransportError?
  {
    await #expect(throws: TransportError.self) {
      let request = TransportRequest(
        url: url, connectTimeoutMilliseconds: connect, timeoutMilliseconds: 5000)
      _ = try await CurlTransport(settings).send(request)
    }
  }

  @Test func refusesAnAuthorityTheSystemDoesNotKnow() async {
    let error = await failure(peer.tls("ok", tag).url, CurlSettings())
    #expect(error?.kind == .certificate)
    #expect(error?.wasSent == false)
    #expect(error?.description.contains("/etc/ssl/certs") == true)
  }

  @Test func refusesACertificateForAnotherName() async {
    let error = await failure("https://127.0.0.1:\(peer.ports.otherName)/ok", peer.settings())
    #expect(error?.kind == .certificate)
    #expect(error?.description.contains("127.0.0.1:\(peer.ports.otherName)") == true)
  }

  @Test func namesAMissingBundle() async {
    let error = await failure(peer.tls("ok", tag).url, CurlSettings(caBundle: "/nonexistent/ca.pem"))
    #expect(error?.kind == .tls)
    #expect(error?.description.contains("/nonexistent/ca.pem") == true)
  }

  @Test func saysWhenNobodyListens() async {
    let error = await failure("https://127.0.0.1:1/", peer.settings())
    #expect(error?.kind == .refused)
    #expect(error?.wasSent == false)
  }

  @Test func saysWhenANameHasNoAddress() async {
    let error = await failure("https://ec2.nowhere.invalid/", peer.settings())
    #expect(error?.kind == .notResolved)
  }

  @Test func endsAConnectThatIsNotAnswered() async {
    let error = await failure("https://127.0.0.1:\(peer.ports.stuck)/", peer.settings(), connect: 150)
    #expect(error?.kind == .connectTimedOut)
    #expect(error?.description.contains("Failed to connect") == true)
    #expect(error.map { $0.milliseconds < 500 } == true)
  }

  @Test func endsAHandshakeThatIsNotAnswered() async {
    let error = await failure("https://127.0.0.1:\(peer.ports.mute)/", peer.settings(), connect: 150)
    #expect(error?.kind == .connectTimedOut)
    #expect(error?.wasSent == false)
    #expect(error?.description.contains("SSL connection timeout") == true)
  }

  @Test func saysWhenAPortDoesNotSpeakTLS() async {
    let error = await failure("https://127.0.0.1:\(peer.ports.plain)/", peer.settings())
    #expect(error?.kind == .tls)
  }

  @Test(arguments: [
    "http://ec2.eu-central-1.amazonaws.com/", "http://10.0.0.1/", "http://169.254.169.254/",
    "http://127.0.0.1.example.com/", "ftp://127.0.0.1/", "file:///etc/passwd", "https://user:pw@127.0.0.1/",
    "no url", "http://[fd00:ec2::254]/",
  ])
  func refusesURLsThatAreNotForIt(url: String) async {
    let error = await failure(url, CurlSettings())
    #expect(error?.kind == .refusedRequest)
    #expect(error?.wasSent == false)
  }

  @Test(arguments: [
    ("X-Id", "a\r\nX-Evil: 1"), ("X-Evil: 1\r\nX", "a"), ("X-Id", "a\u{0}b"),
  ])
  func refusesControlCharactersInHeaders(name: String, value: String) async throws {
    var request = peer.tls("ok", tag)
    request.headers = [(name, value)]
    let transport = try CurlTransport(peer.settings())
    let error = await #expect(throws: TransportError.self) { try await transport.send(request) }
    #expect(error?.kind == .refusedRequest)
  }

  @Test func takesTheProxyForEC2AndNotForThisMachine() async throws {
    var settings = peer.settings()
    settings.proxy = ProxySettings(environment: ["HTTPS_PROXY": "http://127.0.0.1:\(peer.ports.proxy)"])
    let transport = try CurlTransport(settings)
    let host = "ec2.test.invalid:\(peer.ports.tls)"
    let far = try await transport.send(TransportRequest(url: "https://\(host)/ok?tag=\(tag)"))
    #expect(far.status == 200)
    let connects = try await peer.events("connect", "proxy")
    #expect(connects.map(\.line).contains("CONNECT \(host) HTTP/1.1"))
    _ = try await transport.send(peer.tls("ok", tag))
    let after = try await peer.events("connect", "proxy", count: connects.count + 1, seconds: 0.2)
    #expect(!after.contains { $0.line?.contains("127.0.0.1") == true })
  }

  @Test func ignoresTheProxyForExceptions() {
    let proxy = ProxySettings(environment: [
      "https_proxy": "http://proxy:3128", "HTTPS_PROXY": "http://other:1",
      "NO_PROXY": "amazonaws.com.cn, .internal,10.0.0.0/8",
    ])
    #expect(proxy.https == "http://proxy:3128")
    #expect(proxy.exceptions == ["amazonaws.com.cn", ".internal", "10.0.0.0/8"])
  }
}
