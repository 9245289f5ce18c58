import HTTPServer
import Testing

@Suite struct ListenerSettingsTests {
  @Test func oneAddressHasOnlyItsShareOfTheConnections() throws {
    var settings = loopback()
    settings.connectionsPerAddress = 2
    let listener = try describingListener(settings)
    let clients = try (0..<3).map { _ in try RawClient(port: listener.port) }
    for client in clients { client.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n") }
    #expect(clients.map { $0.readAnswer() != nil } == [true, true, false])
  }

  @Test("an address that this host does not have yet can be bound") func bindsAhead() throws {
    var settings = ListenerSettings(endpoint: .tcp(address: "203.0.113.7", port: 0))
    #expect(throws: HTTPServerError.self) { try describingListener(settings) }
    settings.bindsAhead = true
    try describingListener(settings).stop()
    settings.endpoint = .tcp(address: "2001:db8::7", port: 0)
    try describingListener(settings).stop()
  }
}
