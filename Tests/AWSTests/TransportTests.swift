import AWS
import FoundationEssentials
import Glibc
import Testing

/// libcurl against a server with bad manners.
@Suite(.serialized) struct TransportTests {
  let peer: TransportPeer
  let transport: CurlTransport
  let tag = uniqueTag()

  init() async throws {
    peer = try await TransportPeer.shared.value
    transport = try CurlTransport(peer.settings())
  }

  @Test func keepsTheConnectionForTheNextRequest() async throws {
    let first = try await transport.send(peer.tls("ok", tag))
    let second = try await transport.send(peer.tls("ok", tag))
    #expect(first.newConnection && first.connectionKept)
    #expect(!second.newConnection)
    let requests = try await peer.events("request", tag, count: 2)
    #expect(Set(requests.map(\.connection)).count == 1)
  }

  @Test func handsOverStatusHeadersAndBody() async throws {
    let answer = try await transport.send(peer.tls("ok", tag))
    #expect(answer.status == 200)
    #expect(answer.header("date") == "Mon, 23 Nov 2026 08:00:00 GMT")
    #expect(answer.headers.filter { $0.name == "X-Kept" }.map(\.value) == ["a", "b"])
    #expect(String(decoding: answer.body, as: UTF8.self) == "ok")
    #expect(answer.sentAt <= answer.receivedAt)
  }

  @Test func sendsExactlyTheHeadersAskedFor() async throws {
    var request = peer.tls("ok", tag)
    request.method = "POST"
    request.headers = [("Host", "127.0.0.1"), ("X-One", "1"), ("X-Empty", "")]
    request.body = Array("Action=Test&Version=1".utf8)
    _ = try await transport.send(request)
    let seen = try #require(try await peer.events("request", tag).first)
    #expect(seen.method == "POST")
    #expect(seen.body == "Action=Test&Version=1")
    let names = Set(try #require(seen.headers).compactMap(\.first))
    #expect(names == ["Host", "X-One", "X-Empty", "Content-Length"])
  }

  @Test func putsAnEmptyBody() async throws {
    var request = peer.tls("ok", tag)
    request.method = "PUT"
    _ = try await transport.send(request)
    let seen = try #require(try await peer.events("request", tag).first)
    #expect(seen.method == "PUT")
    #expect(seen.headers?.contains(["Content-Length", "0"]) == true)
  }

  @Test(arguments: ["then-close", "then-goodbye", "then-unasked"])
  func noticesTheEndOfAnIdleConnectionByItself(how: String) async throws {
    let (lost, report) = AsyncStream.makeStream(of: Void.self)
    var settings = peer.settings()
    settings.idleConnectionLost = { report.yield() }
    let transport = try CurlTransport(settings)
    _ = try await transport.send(peer.tls(how, tag))
    var iterator = lost.makeAsyncIterator()
    await iterator.next()
    let next = try await transport.send(peer.tls("ok", tag))
    #expect(next.newConnection)
    #expect(try await peer.events("request", tag, count: 2).count == 2)
  }

  @Test(arguments: ["silent-second", "reset-second"])
  func neverRepeatsARequestByItself(how: String) async throws {
    _ = try await transport.send(peer.tls(how, tag))
    var request = peer.tls(how, tag)
    request.method = "POST"
    request.body = Array("claim".utf8)
    let error = await #expect(throws: TransportError.self) { try await transport.send(request) }
    #expect(error?.kind == .connectionBroke)
    #expect(error?.wasSent == true)
    #expect(error?.reusedConnection == true)
    let posts = try await peer.events("request", tag, count: 3, seconds: 0.5).filter { $0.method == "POST" }
    #expect(posts.count == 1)
  }

  @Test func breaksOnceOnANewConnectionToo() async throws {
    let error = await #expect(throws: TransportError.self) {
      try await transport.send(peer.tls("truncated", tag))
    }
    #expect(error?.kind == .connectionBroke)
    #expect(error?.reusedConnection == false)
    #expect(try await peer.events("request", tag, count: 2, seconds: 0.3).count == 1)
  }

  @Test(arguments: [true, false])
  func cancelCutsTheRequestWithAReset(overTLS: Bool) async throws {
    // The fastest of some: other tests run beside this one.
    var fastest = Duration.seconds(9)
    for _ in 0..<5 { fastest = min(fastest, try await cancel(overTLS: overTLS)) }
    #expect(fastest < .milliseconds(50))
  }

  /// Cancels a request under way; how long the caller waited for its end.
  private func cancel(overTLS: Bool) async throws -> Duration {
    let tag = uniqueTag()
    let request = overTLS ? peer.tls("hang", tag) : peer.plain("hang", tag)
    let task = Task { try await transport.send(request) }
    _ = try await peer.events("request", tag)
    let cancelled = ContinuousClock.now
    task.cancel()
    let outcome = await task.result
    let took = ContinuousClock.now - cancelled
    #expect { try outcome.get() } throws: { ($0 as? TransportError)?.kind == .cancelled }
    #expect(try await peer.events("closed", tag).first?.how == "reset")
    return took
  }

  @Test func aRequestCancelledBeforeItsStartIsNeverSent() async throws {
    let task = Task {
      while !Task.isCancelled { await Task.yield() }
      return try await transport.send(peer.tls("ok", tag))
    }
    task.cancel()
    let outcome = await task.result
    #expect { try outcome.get() } throws: {
      let error = $0 as? TransportError
      return error?.kind == .cancelled && error?.wasSent == false
    }
    #expect(try await peer.events("request", tag, seconds: 0.2).isEmpty)
  }

  @Test func aClaimDoesNotWaitForAPingUnderWay() async throws {
    _ = try await transport.send(peer.tls("ok", tag))
    let ping = Task { try await transport.send(peer.tls("hang", tag)) }
    _ = try await peer.events("request", tag, count: 2)
    let answer = try await transport.send(peer.tls("ok", tag))
    #expect(answer.status == 200)
    #expect(answer.milliseconds < 1000)
    ping.cancel()
    _ = await ping.result
    // The ping's reset leaves the claim's connection alone.
    #expect(try await transport.send(peer.tls("ok", tag)).newConnection == false)
  }

  @Test func aDeadPathCostsAClaimLessThanASecond() async throws {
    _ = try await transport.send(peer.plain("black-hole", tag))
    _ = try await peer.events("dead", tag)
    let error = await #expect(throws: TransportError.self) { try await transport.send(peer.plain("ok", tag)) }
    #expect(error?.kind == .connectionBroke)
    #expect(error.map { (650..<1500).contains($0.milliseconds) } == true)
    #expect(try await transport.send(peer.plain("ok", tag)).newConnection)
  }

  @Test func noticesADeadPathWhileIdle() async throws {
    let (lost, report) = AsyncStream.makeStream(of: Void.self)
    var settings = peer.settings()
    settings.idleConnectionLost = { report.yield() }
    let transport = try CurlTransport(settings)
    let started = ContinuousClock.now
    _ = try await transport.send(peer.plain("black-hole", tag))
    var iterator = lost.makeAsyncIterator()
    await iterator.next()
    #expect(ContinuousClock.now - started < .seconds(9))
    #expect(try await transport.send(peer.plain("ok", tag)).newConnection)
  }

  @Test func sleepsWhileNothingIsUnderWay() async throws {
    let before = threads()
    let transport = try CurlTransport(peer.settings())
    _ = try await transport.send(peer.tls("ok", tag))
    // It runs on for a moment after the answer, until it sleeps.
    try await Task.sleep(for: .milliseconds(500))
    let new = threads().filter { before[$0.key] == nil }
    try await Task.sleep(for: .seconds(1))
    let after = threads()
    // Other threads may start meanwhile; the transport's is one that did not run at all.
    #expect(new.contains { after[$0.key] == $0.value })
    transport.close()
  }

  /// How often each thread of this process went to sleep, by its id. proc(5)
  private func threads() -> [String: String] {
    guard let folder = unsafe opendir("/proc/self/task") else { return [:] }
    defer { unsafe closedir(folder) }
    var switches: [String: String] = [:]
    while let entry = unsafe readdir(folder) {
      let id = unsafe withUnsafeBytes(of: entry.pointee.d_name) {
        unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      let lines = (try? String(contentsOfFile: "/proc/self/task/\(id)/status", encoding: .utf8)) ?? ""
      switches[id] = lines.split(separator: "\n").first { $0.hasPrefix("voluntary") }.map(String.init)
    }
    return switches
  }

  @Test func leavesByTheInterfaceThatIsConfigured() async throws {
    var settings = peer.settings()
    settings.bindInterface = "lo"
    #expect(try await CurlTransport(settings).send(peer.tls("ok", tag)).status == 200)
    settings.bindInterface = "nosuch0"
    let error = await #expect(throws: TransportError.self) {
      try await CurlTransport(settings).send(peer.tls("ok", tag))
    }
    #expect(error?.kind == .unreachable)
    #expect(error?.description.contains("nosuch0") == true)
  }

  @Test func manyRequestsHandTheirConnectionsOnUnharmed() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask {
          for _ in 0..<200 { _ = try await transport.send(peer.plain("ok", tag)) }
        }
      }
      try await group.waitForAll()
    }
    #expect(try await peer.events("request", tag, count: 801, seconds: 0.2).count == 800)
  }

  @Test func followsNoRedirect() async throws {
    let answer = try await transport.send(peer.tls("redirect", tag))
    #expect(answer.status == 302)
    #expect(try await peer.events("request", tag, count: 2, seconds: 0.2).count == 1)
  }

  @Test func keepsNoConnectionTheServerCloses() async throws {
    let answer = try await transport.send(peer.tls("closing", tag))
    #expect(!answer.connectionKept)
    #expect(try await transport.send(peer.tls("ok", tag)).newConnection)
  }

  @Test(arguments: ["big?bytes=1048577", "endless", "many-headers"])
  func refusesAnAnswerOverTheLimit(path: String) async throws {
    let error = await #expect(throws: TransportError.self) { try await transport.send(peer.tls(path, tag)) }
    #expect(error?.kind == .tooLarge)
  }

  @Test func takesAnAnswerAtTheLimit() async throws {
    #expect(try await transport.send(peer.tls("big?bytes=1048576", tag)).body.count == 1 << 20)
  }

  @Test func refusesAnAnswerThatIsNotHTTP() async throws {
    let error = await #expect(throws: TransportError.self) {
      try await transport.send(peer.tls("garbage", tag))
    }
    #expect(error?.kind == .unreadable)
  }

  @Test func endsAtTheTimeOutWithAReset() async throws {
    _ = try await transport.send(peer.tls("ok", tag))
    var request = peer.tls("hang", tag)
    request.timeoutMilliseconds = 150
    let error = await #expect(throws: TransportError.self) { try await transport.send(request) }
    #expect(error?.kind == .timedOut)
    #expect(error?.wasSent == true)
    #expect(error.map { (150..<2000).contains($0.milliseconds) } == true)
    #expect(try await peer.events("closed", tag).first?.how == "reset")
  }

  @Test func serializesNothing() async throws {
    let started = ContinuousClock.now
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<8 { group.addTask { _ = try await transport.send(peer.tls("slow?ms=500", tag)) } }
      try await group.waitForAll()
    }
    #expect(ContinuousClock.now - started < .milliseconds(2500))
  }

  @Test func closingEndsWhatIsUnderWay() async throws {
    let task = Task { try await transport.send(peer.tls("hang", tag)) }
    _ = try await peer.events("request", tag)
    transport.close()
    let outcome = await task.result
    #expect { try outcome.get() } throws: { ($0 as? TransportError)?.kind == .unusable }
    let late = await #expect(throws: TransportError.self) { try await transport.send(peer.tls("ok", tag)) }
    #expect(late?.kind == .unusable)
  }

  @Test func speaksToAUnixSocket() async throws {
    let transport = try CurlTransport(CurlSettings(unixSocketPath: peer.ports.socket))
    let answer = try await transport.send(TransportRequest(url: "http://localhost/ok?tag=\(tag)"))
    #expect(answer.status == 200)
  }
}
