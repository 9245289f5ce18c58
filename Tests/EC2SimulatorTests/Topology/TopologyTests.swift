import FoundationEssentials
import Testing

@testable import EC2Simulator

struct TopologyTests {
  @Test func readsTheExampleThatItPrints() throws {
    #expect(try Topology(json: Array(Topology.example.json.utf8)) == Topology.example)
  }

  @Test func namesTheKeyThatIsMissing() {
    #expect(throws: SimulatorError.topology("accountId is missing")) { try Topology(json: Array("{}".utf8)) }
  }

  @Test func takesNullForLeftOut() throws {
    let json = Topology.example.json.replacing(
      "\"roleName\" : \"vipad-router-a\"", with: "\"roleName\" : null")
    #expect(try Topology(json: Array(json.utf8)).routers[0].roleName == nil)
  }

  @Test func namesTheKeyThatIsUnknown() {
    let json = Topology.example.json.replacing("\"deviceIndex\"", with: "\"deviceindex\"", maxReplacements: 1)
    #expect(throws: SimulatorError.topology("unknown key routers.[0].interfaces.[0].deviceindex")) {
      try Topology(json: Array(json.utf8))
    }
  }

  static let contradictions: [(String, @Sendable (inout Topology) -> Void)] = [
    ("the address outside the subnet", { $0.routers[0].interfaces[0].primary = "10.0.0.1" }),
    ("an address twice", { $0.routers[1].interfaces[0].secondary = ["100.80.33.100"] }),
    ("an unknown subnet", { $0.routers[0].interfaces[0].subnetId = "subnet-0" }),
    ("no network", { $0.subnets[0].cidr = "100.80.33.1/24" }),
    ("a name twice", { $0.routers[1].name = "router-a" }),
    ("an unknown policy", { $0.routers[0].policy = "none" }),
  ]

  @Test(arguments: contradictions)
  func refusesATopologyThatContradictsItself(what: String, change: @Sendable (inout Topology) -> Void) {
    #expect(throws: SimulatorError.self, Comment(rawValue: what)) {
      var topology = Topology.example
      change(&topology)
      _ = try SimulatorState(topology, nonce: "TEST")
    }
  }

  @Test(arguments: [
    (0.0, "Thu, 01 Jan 1970 00:00:00 GMT"), (1_709_251_199.9, "Thu, 29 Feb 2024 23:59:59 GMT"),
  ])
  func writesDatesAsHTTPDoes(seconds: Double, text: String) {
    #expect(httpDate(Date(timeIntervalSince1970: seconds)) == text)
  }

  @Test func goesOnWithTokensAndKeysAfterAReset() throws {
    var scenario = try Scenario()
    let token = scenario.metadataToken()
    _ = scenario.assign(["100.80.33.100"], to: Scenario.interfaceB)
    scenario.state = try SimulatorState(.example, nonce: "TEST").continuing(scenario.state)
    #expect(scenario.holder("100.80.33.100") == Scenario.interfaceA)
    #expect(scenario.metadata("GET", "/latest/meta-data/mac", token: token).httpStatus == 200)
    _ = scenario.assign(["100.80.33.100"], to: Scenario.interfaceB)
    #expect(scenario.state.world.moves.map(\.n) == [2])
  }
}
