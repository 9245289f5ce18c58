import Dispatch
import HTTPServer
import Testing

@Suite struct StopTests {
  @Test("stop wakes waiting handlers by onStop and still sends their answers") func waitersAreAnswered()
    throws
  {
    let gate = Gate()
    let listener = try HTTPListener(loopback(), onStop: { gate.open() }) { _ in
      gate.pass()
      return HTTPResponse(status: 202, body: Array("woken".utf8))
    }
    let waiters = try (0..<20).map { _ in try RawClient(port: listener.port) }
    for waiter in waiters { waiter.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n") }
    try #require(gate.waitForArrivals(20))
    var drained = false
    #expect(milliseconds { drained = listener.stop() } < 2_000)
    #expect(drained)
    #expect(waiters.allSatisfy { $0.readAnswer()?.body == "woken" })
  }

  @Test("stop does not hang on a handler that nothing wakes, and says so") func stuckHandler() throws {
    let gate = Gate()
    let listener = try HTTPListener(loopback()) { _ in
      gate.pass()
      return HTTPResponse(status: 200)
    }
    let client = try RawClient(port: listener.port)
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    try #require(gate.waitForArrivals(1))
    var drained = true
    #expect(milliseconds { drained = listener.stop(withinSeconds: 0.2) } < 1_000)
    #expect(!drained)
    #expect(!listener.stop(), "the first result stands")
    gate.open()
  }

  @Test("idle connections do not hold stop up, and the port is free at once") func idleConnections() throws {
    let listener = try describingListener()
    let client = try RawClient(port: listener.port)
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(client.readAnswer()?.status == 200)
    #expect(listener.stop(withinSeconds: 5))
    #expect(client.readToEnd().closed)
    let again = try describingListener(
      ListenerSettings(endpoint: .tcp(address: "127.0.0.1", port: listener.port)))
    #expect(again.port == listener.port)
  }

  @Test func portInUseSaysWhatToDo() throws {
    let listener = try describingListener()
    let error = #expect(throws: HTTPServerError.self) {
      try describingListener(ListenerSettings(endpoint: .tcp(address: "127.0.0.1", port: listener.port)))
    }
    #expect(error?.description.contains("127.0.0.1:\(listener.port)") == true)
    #expect(error?.description.contains("another process listens there") == true)
  }

  @Test("1,050 callers wait at once on the default limit and all are answered") func manyWaiters() throws {
    let gate = Gate()
    let listener = try HTTPListener(loopback()) { _ in
      gate.pass()
      return HTTPResponse(status: 200)
    }
    raiseDescriptorLimit()
    let waiters = try (0..<1_050).map { _ in try RawClient(port: listener.port) }
    for waiter in waiters { waiter.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n") }
    let arrived = gate.waitForArrivals(1_050)
    gate.open()
    #expect(arrived)
    #expect(waiters.allSatisfy { $0.readAnswer()?.status == 200 })
  }
}
