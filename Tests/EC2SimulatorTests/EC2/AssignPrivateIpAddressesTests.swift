import Testing

@testable import EC2Simulator

struct AssignPrivateIpAddressesTests {
  let vip = "100.80.33.100"
  let second = "100.80.33.101"

  @Test func takesTheAddressFromTheOtherInterface() throws {
    var scenario = try Scenario()
    #expect(scenario.holder(vip) == Scenario.interfaceA)
    let answer = scenario.assign([vip], to: Scenario.interfaceB)
    #expect(answer.httpStatus == 200)
    #expect(scenario.holder(vip) == Scenario.interfaceB)
    #expect(scenario.holder(second) == Scenario.interfaceA)
    #expect(scenario.state.world.interface(Scenario.interfaceA)?.secondary == [second])
  }

  @Test func answersAsEC2Writes() throws {
    var scenario = try Scenario()
    let answer = scenario.assign([vip], to: Scenario.interfaceB)
    #expect(
      answer.body == """
        <?xml version="1.0" encoding="UTF-8"?>
        <AssignPrivateIpAddressesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
            <requestId>request-1</requestId>
            <networkInterfaceId>eni-0123456789abcdefb</networkInterfaceId>
            <assignedPrivateIpAddressesSet>
                <item>
                    <privateIpAddress>100.80.33.100</privateIpAddress>
                </item>
            </assignedPrivateIpAddressesSet>
            <return>true</return>
        </AssignPrivateIpAddressesResponse>

        """)
  }

  @Test func refusesToMoveWithoutAllowReassignment() throws {
    var scenario = try Scenario()
    let answer = scenario.assign([vip], to: Scenario.interfaceB, allowReassignment: false)
    #expect(
      answer.body == """
        <?xml version="1.0" encoding="UTF-8"?>
        <Response><Errors><Error><Code>InvalidParameterValue</Code><Message>[100.80.33.100] assigned, but \
        move is not allowed.</Message></Error></Errors><RequestID>request-1</RequestID></Response>
        """)
    #expect(answer.httpStatus == 400)
    #expect(scenario.holder(vip) == Scenario.interfaceA)
  }

  @Test(arguments: [
    ("100.80.34.1", "InvalidParameterValue", "does not fall within the subnet's address range"),
    ("100.80.33.1", "InvalidParameterValue", "reserved"),
    ("100.80.33.255", "InvalidParameterValue", "reserved"),
    ("100.80.33", "InvalidParameterValue", "invalid value for parameter address"),
    ("100.80.33.011", "InvalidParameterValue", "invalid value for parameter address"),
    ("100.80.33.11", "InvalidParameterValue", "[100.80.33.11] assigned, but move is not allowed."),
  ])
  func movesAllOrNothing(wrong: String, code: String, message: String) throws {
    var scenario = try Scenario()
    let answer = scenario.assign([vip, wrong], to: Scenario.interfaceB)
    #expect(answer.errorCode == code)
    #expect(answer.message?.contains(message) == true)
    #expect(scenario.holder(vip) == Scenario.interfaceA)
    #expect(scenario.state.world.moves.isEmpty)
  }

  @Test func succeedsForAnAddressThatIsHereAlready() throws {
    var scenario = try Scenario()
    #expect(scenario.assign([vip], to: Scenario.interfaceA).httpStatus == 200)
    #expect(scenario.state.world.moves.isEmpty)
  }

  @Test func keepsTheAddressLimit() throws {
    var scenario = try Scenario { $0.routers[1].interfaces[0].addressLimit = 2 }
    let answer = scenario.assign([vip, second], to: Scenario.interfaceB)
    #expect(answer.errorCode == "PrivateIpAddressLimitExceeded")
    #expect(scenario.assign([vip], to: Scenario.interfaceB).httpStatus == 200)
    #expect(scenario.assign([vip], to: Scenario.interfaceB).httpStatus == 200)
    #expect(scenario.assign([second], to: Scenario.interfaceB).errorCode == "PrivateIpAddressLimitExceeded")
  }

  @Test func findsFreeAddressesByCount() throws {
    var scenario = try Scenario()
    let answer = scenario.call(
      "AssignPrivateIpAddresses",
      [("NetworkInterfaceId", Scenario.interfaceB), ("SecondaryPrivateIpAddressCount", "2")])
    #expect(answer.httpStatus == 200)
    #expect(scenario.holder("100.80.33.4") == Scenario.interfaceB)
    #expect(scenario.holder("100.80.33.5") == Scenario.interfaceB)
  }

  @Test(arguments: [
    ([], "MissingParameter"),
    ([("NetworkInterfaceId", Scenario.interfaceB)], "MissingParameter"),
    ([("PrivateIpAddress.1", "100.80.33.100")], "MissingParameter"),
    (
      [("NetworkInterfaceId", "eni-0000000000000000f"), ("PrivateIpAddress.1", "100.80.33.100")],
      "InvalidNetworkInterfaceID.NotFound"
    ),
    (
      [("NetworkInterfaceId", "i-0"), ("PrivateIpAddress.1", "100.80.33.100")],
      "InvalidNetworkInterfaceId.Malformed"
    ),
    (
      [
        ("NetworkInterfaceId", Scenario.interfaceB), ("PrivateIpAddress.1", "100.80.33.120"),
        ("SecondaryPrivateIpAddressCount", "1"),
      ], "InvalidParameterCombination"
    ),
    (
      [
        ("NetworkInterfaceId", Scenario.interfaceB), ("PrivateIpAddress.1", "100.80.33.120"),
        ("AllowReassignment", "yes"),
      ], "InvalidParameterValue"
    ),
    ([("NetworkInterfaceId", Scenario.interfaceB), ("DryRun", "true")], "UnknownParameter"),
  ])
  func refusesWrongParameters(parameters: [(String, String)], code: String) throws {
    var scenario = try Scenario()
    #expect(scenario.call("AssignPrivateIpAddresses", parameters).errorCode == code)
    #expect(scenario.state.world.moves.isEmpty)
  }

  @Test func recordsEveryMove() throws {
    var scenario = try Scenario()
    _ = scenario.assign([vip], to: Scenario.interfaceB)
    _ = scenario.assign([vip], to: Scenario.interfaceA)
    #expect(scenario.state.world.moves.map(\.n) == [1, 2])
    #expect(scenario.state.world.moves.map(\.from) == [Scenario.interfaceA, Scenario.interfaceB])
    #expect(scenario.state.world.moves.map(\.to) == [Scenario.interfaceB, Scenario.interfaceA])
    #expect(scenario.state.world.moves.map(\.time) == Array(repeating: "2027-01-15T08:00:00.000Z", count: 2))
  }
}

struct UnassignPrivateIpAddressesTests {
  @Test func leavesTheAddressWithNobody() throws {
    var scenario = try Scenario()
    let parameters = [("NetworkInterfaceId", Scenario.interfaceA), ("PrivateIpAddress.1", "100.80.33.100")]
    #expect(scenario.call("UnassignPrivateIpAddresses", parameters).httpStatus == 200)
    #expect(scenario.holder("100.80.33.100") == nil)
    #expect(
      scenario.assign(["100.80.33.100"], to: Scenario.interfaceB, allowReassignment: false).httpStatus == 200)
  }

  @Test(arguments: ["100.80.33.11", "100.80.33.120"])
  func refusesAddressesThatAreNotSecondaryHere(address: String) throws {
    var scenario = try Scenario()
    let parameters = [
      ("NetworkInterfaceId", Scenario.interfaceA), ("PrivateIpAddress.1", "100.80.33.100"),
      ("PrivateIpAddress.2", address),
    ]
    #expect(scenario.call("UnassignPrivateIpAddresses", parameters).errorCode == "InvalidParameterValue")
    #expect(scenario.holder("100.80.33.100") == Scenario.interfaceA)
  }
}
