import Testing

@testable import vipad

struct ConfigurationTests {
  @Test func readsEveryKindOfValue() throws {
    let configuration = try load(
      """
      [[group]]
      name = "inside"
      vips = ["100.80.33.100", "100.80.33.101"]
      vrrpNames = ["vyos-aws", "sync1"]
      interface = "eth0"
      [[group]]
      name = "outside"
      vips = ["100.80.34.100"]
      witness = "kernel"
      vrrpInterface = "eth1"
      [aws]
      requestTimeoutSeconds = 2.5
      [vrrp]
      witness = "hook"
      keepalivedPidFile = ""
      [server]
      listen = ""
      """)
    #expect(configuration.groups.map(\.name) == ["inside", "outside"])
    #expect(configuration.groups.map(\.witness) == [.hook, .kernel])
    #expect(configuration.groups.map(\.networkInterface) == [.kernelInterface("eth0"), .bySubnet])
    #expect(configuration.groups.map(\.vrrpNames) == [["vyos-aws", "sync1"], ["outside"]])
    #expect(configuration.aws.requestTimeoutSeconds == 2.5)
    #expect(configuration.vrrp.keepalivedPidFile == .unwatched)
    #expect(configuration.server.listen == nil)
  }

  @Test func findsAGroupByItsNameAndByItsVRRPNames() throws {
    let configuration = try load("[[group]]\nname = \"a\"\nvips = [\"10.0.1.1\"]\nvrrpNames = [\"vyos-aws\"]")
    #expect(configuration.group(named: "a")?.name == "a")
    #expect(configuration.group(named: "vyos-aws")?.name == "a")
    #expect(configuration.group(named: "b") == nil)
  }

  @Test func theShortFormTakesTheWitnessOfAllGroups() throws {
    let configuration = try load("vips = [\"10.0.1.100\"]\nvrrp.witness = \"hook\"")
    #expect(
      configuration.groups == [GroupOptions(vips: ["10.0.1.100"], vrrpNames: ["default"], witness: .hook)])
  }

  @Test func keepsTheAuditLogUnderConfigOnVyOS() throws {
    let bytes = Array("vips = [\"10.0.1.100\"]".utf8)
    let onVyOS = try Configuration(file: "/config/vipad/vipad.toml", bytes: bytes)
    #expect(onVyOS.audit.path == "/config/vipad/log/audit.jsonl")
    #expect(onVyOS.state.directory == "/config/vipad/state")
    let elsewhere = try Configuration(file: "/etc/vipad/vipad.toml", bytes: bytes)
    #expect(elsewhere.audit.path == "/var/log/vipad/audit.jsonl")
    let told = try Configuration(
      file: "/config/vipad/vipad.toml", bytes: bytes + Array("\naudit.path = \"/srv/audit.jsonl\"".utf8))
    #expect(told.audit.path == "/srv/audit.jsonl")
  }

  @Test(arguments: [
    "https://ec2.eu-central-1.amazonaws.com", "https://vpce-1.ec2.eu-west-1.vpce.amazonaws.com:443/",
    "http://127.0.0.1:4566", "http://localhost:1", "http://[::1]:8080", "https://[fd00::1]",
  ])
  func acceptsAnEC2Endpoint(_ url: String) throws {
    #expect(try load("vips = [\"10.0.1.100\"]\naws.ec2Endpoint = \"\(url)\"").aws.ec2Endpoint == url)
  }

  @Test(arguments: ["http://169.254.169.254", "http://[fd00:ec2::254]", "http://127.0.0.1:1338"])
  func acceptsAnIMDSEndpoint(_ url: String) throws {
    #expect(try load("vips = [\"10.0.1.100\"]\naws.imdsEndpoint = \"\(url)\"").aws.imdsEndpoint == url)
  }

  @Test func prefersTheOptionToTheEnvironmentToTheUsualPlace() {
    let environment = ["VIPAD_CONFIG": "/from/environment.toml"]
    #expect(Configuration.path(explicitPath: "/x.toml", environment: environment) == "/x.toml")
    #expect(Configuration.path(explicitPath: nil, environment: environment) == "/from/environment.toml")
  }

  private func load(_ text: String) throws -> Configuration {
    try Configuration(file: "f.toml", bytes: Array(text.utf8))
  }
}
