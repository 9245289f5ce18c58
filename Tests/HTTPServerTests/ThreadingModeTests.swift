import HTTPServer
import Testing

/// Each of these fails in another threading mode of the library: see HTTPListener's documentation.
@Suite(.serialized) struct ThreadingModeTests {
  @Test("256 connections with a request at the same moment are all answered (epoll mode stalls at 128s)")
  func manyBusyConnectionsNeverStall() throws {
    let gate = Gate()
    let listener = try HTTPListener(loopback()) { request in
      if request.path == "/gate" { gate.pass() }
      return HTTPResponse(status: 200, body: Array("ok".utf8))
    }
    let clients = try (0..<256).map { _ in try RawClient(port: listener.port) }
    for client in clients {
      client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(client.readAnswer()?.status == 200)
    }
    // One request holds a server with a single thread until all others are ready, twice 128 exactly.
    let holder = try RawClient(port: listener.port)
    holder.send("GET /gate HTTP/1.1\r\nHost: x\r\n\r\n")
    try #require(gate.waitForArrivals(1))
    for client in clients { client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n") }
    gate.open()
    let answered = clients.prefix { $0.readAnswer(withinSeconds: 5)?.status == 200 }.count
    #expect(answered == 256)
  }

  @Test("200 handlers that block leave another caller under 50 ms (one thread for all would stop him)")
  func blockedHandlersHoldUpNobody() throws {
    let gate = Gate()
    let listener = try HTTPListener(loopback()) { request in
      if request.path == "/wait" { gate.pass() }
      return HTTPResponse(status: 200, body: Array("ok".utf8))
    }
    defer { gate.open() }
    let waiters = try (0..<200).map { _ in try RawClient(port: listener.port) }
    for waiter in waiters { waiter.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n") }
    try #require(gate.waitForArrivals(200))
    let caller = try RawClient(port: listener.port)
    // The best of some: what is measured is the server, not what else the machine is doing.
    let times = (0..<10).map { _ in
      milliseconds {
        caller.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(caller.readAnswer()?.status == 200)
      }
    }
    #expect(times.min() ?? .infinity < 50)
    gate.open()
    #expect(waiters.allSatisfy { $0.readAnswer()?.status == 200 })
  }

  @Test("a connection serves request after request (an answer queued in the first call would close it)")
  func connectionsAreKept() throws {
    let listener = try describingListener()
    let client = try RawClient(port: listener.port)
    for number in 1...5 {
      client.send("POST /\(number) HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc")
      let answer = client.readAnswer()
      #expect(answer?.body == "POST /\(number)  3 1")
      #expect(answer?.head.contains("Connection: close") == false)
    }
  }

  @Test("an error of the handler or a refusal that leaves the framing sure keeps the connection")
  func refusalsKeepTheConnection() throws {
    let listener = try describingListener()
    let client = try RawClient(port: listener.port)
    client.send("BREW / HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(client.readAnswer()?.status == 501)
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(client.readAnswer()?.status == 200)
  }
}
