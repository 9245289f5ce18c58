import AWS
import Glibc
import Testing

/// libcurl against nginx; skipped where nginx is not installed (Debian: `apt install nginx`).
@Suite(.serialized, .enabled(if: unsafe access("/usr/sbin/nginx", X_OK) == 0, "nginx is not installed"))
struct TransportNginxTests {
  struct Peer: Decodable, Sendable {
    var port: Int
    var ca: String

    static let shared = Task { try await PeerProcess.start("nginx_peer.py", as: Peer.self) }
  }

  @Test func keepsTheConnectionAndNoticesWhenNginxEndsIt() async throws {
    let peer = try await Peer.shared.value
    let (lost, report) = AsyncStream.makeStream(of: Void.self)
    let transport = try CurlTransport(
      CurlSettings(caBundle: peer.ca, idleConnectionLost: { report.yield() }))
    let request = TransportRequest(method: "POST", url: "https://127.0.0.1:\(peer.port)/", body: [65])
    let first = try await transport.send(request)
    let second = try await transport.send(request)
    #expect(connection(first) == connection(second))
    #expect(!second.newConnection)
    var iterator = lost.makeAsyncIterator()
    await iterator.next()
    let third = try await transport.send(request)
    #expect(third.newConnection)
    #expect(connection(third) != connection(first))
  }

  private func connection(_ answer: TransportResponse) -> Substring? {
    String(decoding: answer.body, as: UTF8.self).split(separator: " ").first
  }
}
