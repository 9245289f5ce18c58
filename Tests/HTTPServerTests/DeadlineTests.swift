import Glibc
import Testing

@testable import HTTPServer

/// The deadlines, shortened; a client that sends a byte now and then is cut by none of the library's.
@Suite struct DeadlineTests {
  /// Settings with every deadline longer than a test lasts.
  private func patient() -> ListenerSettings {
    var settings = loopback()
    settings.headerDeadlineSeconds = 60
    settings.bodyDeadlineSeconds = 60
    settings.idleDeadlineSeconds = 60
    settings.answerDeadlineSeconds = 60
    return settings
  }

  /// Sends a byte each 50 ms until the server closes; how long that took, in seconds, or nil after 5 s.
  private func drip(_ client: RawClient) -> Double? {
    let start = ContinuousClock.now
    while start.duration(to: .now) < .seconds(5) {
      client.send("x")
      if client.readToEnd(withinSeconds: 0.05).closed { return start.duration(to: .now) / .seconds(1) }
    }
    return nil
  }

  @Test func drippedHeaderIsCut() throws {
    var settings = patient()
    settings.headerDeadlineSeconds = 0.6
    let listener = try describingListener(settings)
    let client = try RawClient(port: listener.port)
    client.send("GET / HTTP/1.1\r\nA: ")
    let seconds = try #require(drip(client))
    #expect(seconds > 0.4 && seconds < 2)
  }

  @Test func silenceIsCut() throws {
    var settings = patient()
    settings.headerDeadlineSeconds = 0.6
    let listener = try describingListener(settings)
    let client = try RawClient(port: listener.port)
    #expect(client.readToEnd(withinSeconds: 3).closed)
  }

  @Test func drippedBodyIsCut() throws {
    var settings = patient()
    settings.bodyDeadlineSeconds = 0.6
    let listener = try describingListener(settings)
    let client = try RawClient(port: listener.port)
    client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
    let seconds = try #require(drip(client))
    #expect(seconds > 0.4 && seconds < 2)
  }

  @Test func idleConnectionIsCutAfterItsOwnPeriod() throws {
    var settings = patient()
    settings.headerDeadlineSeconds = 0.3
    settings.idleDeadlineSeconds = 1
    let listener = try describingListener(settings)
    let client = try RawClient(port: listener.port)
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(client.readAnswer()?.status == 200)
    // Longer than the first header may take: a poller keeps its connection.
    #expect(!client.readToEnd(withinSeconds: 0.6).closed)
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(client.readAnswer()?.status == 200)
    #expect(client.readToEnd(withinSeconds: 3).closed)
  }

  @Test("a client that does not read its answer is cut") func unreadAnswerIsCut() throws {
    var settings = patient()
    settings.answerDeadlineSeconds = 0.5
    let ended = Gate()
    let large = HTTPResponse(status: 200, body: [UInt8](repeating: 0x61, count: 32 << 20))
    let listener = try HTTPListener(settings) { request in
      ended.open()
      return large
    }
    let client = try RawClient(port: listener.port)
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    ended.pass()
    // Far more than socket buffers hold is still to come when the deadline passes.
    usleep(1_500_000)
    let received = client.readToEnd(withinSeconds: 5)
    #expect(received.closed && received.text.utf8.count < large.body.count)
  }

  @Test("a handler that blocks longer than every deadline still answers") func blockedHandlerIsNotCut() throws
  {
    var settings = loopback()
    settings.headerDeadlineSeconds = 0.2
    settings.bodyDeadlineSeconds = 0.2
    settings.idleDeadlineSeconds = 0.2
    settings.answerDeadlineSeconds = 0.5
    let listener = try HTTPListener(settings) { _ in
      usleep(1_500_000)
      return HTTPResponse(status: 200, body: Array("late".utf8))
    }
    let client = try RawClient(port: listener.port)
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(client.readAnswer()?.body == "late")
  }

  @Test("without connections the reaper sleeps for good, with them until the next deadline")
  func reaperSleeps() throws {
    let reaper = try Reaper(shortestPeriodSeconds: 3)
    #expect(reaper.cutOverdue() == .max)
    let deadline = Deadline(descriptor: -1, secondsFromNow: 30)
    reaper.insert(deadline, connectionId: 1)
    #expect(
      reaper.cutOverdue() == 3_000_000_000, "the shortest period: a new connection's deadline may come first")
    #expect(deadline.start(seconds: 2))
    let sleep = reaper.cutOverdue() ?? 0
    #expect(sleep > 1_900_000_000 && sleep <= 2_000_000_000)
    #expect(deadline.suspend())
    #expect(reaper.cutOverdue() == 3_000_000_000)
    reaper.remove(connectionId: 1)
    #expect(reaper.cutOverdue() == .max)
  }

  @Test("a connection that was cut is not served any more") func cutIsFinal() {
    let deadline = Deadline(descriptor: -1, secondsFromNow: 0)
    #expect(deadline.cutIfPassed(now: .max - 1) == nil)
    #expect(!deadline.start(seconds: 5))
    #expect(!deadline.suspend())
  }
}
