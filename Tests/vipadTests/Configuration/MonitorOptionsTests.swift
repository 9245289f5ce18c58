import Testing

@testable import vipad

/// What `[monitor]` and `readers` may say, and what is refused.
struct MonitorOptionsTests {
  @Test func isOffByDefault() throws {
    #expect(try load("").monitor == MonitorOptions())
    #expect(try load("").monitor.listen == nil)
    #expect(try load("").server.readers == nil)
    #expect(try load("[server]\nreaders = \"everyone\"").server.readers == "everyone")
  }

  static let tls = "certificate = \"/c\"\nkey = \"/k\"\n"

  @Test(arguments: [
    "listen = \"127.0.0.1:8601\"",
    "listen = \"[::1]:8601\"\ntokenFile = \"/t\"",
    "listen = \"10.0.1.11:8601\"\nclientCA = \"/a\"\n" + tls,
    "listen = \"10.0.1.11:8601\"\ntokenFile = \"/t\"\n" + tls,
    "listen = \"[fd00::1]:8601\"\ntokenFile = \"/t\"\nclientCA = \"/a\"\n" + tls,
    "listen = \"0.0.0.0:8601\"\ntokenFile = \"/t\"\nnames = [\"router-a\"]\n" + tls,
    "listen = \"\"\nclientCA = \"/a\"",
  ])
  func takes(_ section: String) throws {
    _ = try load("[monitor]\n" + section)
  }

  struct Refusal: Sendable, CustomTestStringConvertible {
    let section: String
    let says: [String]
    var testDescription: String { says.joined(separator: " | ") }

    init(_ section: String, _ says: String...) {
      (self.section, self.says) = (section, says)
    }
  }

  @Test(arguments: [
    Refusal("listen = \"10.0.1.11:8601\"", "monitor.listen: plain http is for loopback only"),
    Refusal("listen = \"0.0.0.0:8601\"\nnames = [\"a\"]", "monitor.listen: plain http is for loopback only"),
    Refusal("listen = \"10.0.1.11:8601\"\n" + tls, "monitor.clientCA: is missing"),
    Refusal("listen = \"127.0.0.1:8601\"\n" + tls, "monitor.clientCA: is missing"),
    Refusal("listen = \"127.0.0.1:8601\"\nclientCA = \"/a\"", "monitor.clientCA: needs certificate and key"),
    Refusal("listen = \"10.0.1.11:1\"\ntokenFile = \"/t\"\nkey = \"/k\"", "monitor.certificate: is missing"),
    Refusal("listen = \"10.0.1.11:1\"\ntokenFile = \"/t\"\ncertificate = \"/c\"", "monitor.key: is missing"),
    Refusal("listen = \"[::]:8601\"\ntokenFile = \"/t\"\n" + tls, "monitor.names: is missing"),
    Refusal("listen = \"router-a:8601\"", "monitor.listen: \"router-a:8601\" is not an address and a port"),
    Refusal("listen = \"10.0.1.11\"", "monitor.listen: \"10.0.1.11\" is not an address and a port"),
    Refusal("listen = \"fd00::1:8601\"", "monitor.listen: \"fd00::1:8601\" is not an address and a port"),
    Refusal("listen = \"[10.0.1.11]:1\"", "monitor.listen: \"[10.0.1.11]:1\" is not an address and a port"),
    Refusal("names = [\"a b\"]", "monitor.names[0]: \"a b\" is not a host's name or address"),
    Refusal("clientCa = \"/a\"", "monitor.clientCa: unknown key; did you mean clientCA?"),
  ])
  func refuses(_ refusal: Refusal) {
    let error = #expect(throws: ConfigurationError.self) { try load("[monitor]\n" + refusal.section) }
    let lines = error?.findings.map(\.description) ?? []
    #expect(lines.count == refusal.says.count)
    for (line, says) in zip(lines, refusal.says) { #expect(line.contains(says)) }
  }

  @Test(arguments: [
    ("listen = \"127.0.0.1:1\"", ["127.0.0.1", "localhost", "[::1]", "127.0.0.1"]),
    (
      "listen = \"10.0.1.11:1\"\ntokenFile = \"/t\"\nnames = [\"Router-A\", \"fd00::A\"]\n" + tls,
      ["10.0.1.11", "router-a", "[fd00::a]"]
    ),
    ("listen = \"0.0.0.0:1\"\ntokenFile = \"/t\"\nnames = [\"router-a\"]\n" + tls, ["router-a"]),
  ])
  func hostIsTheAddressOrAConfiguredName(section: String, hosts: [String]) throws {
    #expect(try load("[monitor]\n" + section).monitor.hosts == hosts)
  }

  private func load(_ text: String) throws -> Configuration {
    try Configuration(file: "f.toml", bytes: Array(("vips = [\"10.0.1.100\"]\n" + text).utf8))
  }
}
