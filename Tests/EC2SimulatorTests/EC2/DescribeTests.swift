import Testing

@testable import EC2Simulator

struct DescribeTests {
  @Test(arguments: [
    ([("addresses.private-ip-address", "100.80.33.100")], ["a"]),
    ([("addresses.private-ip-address", "100.80.33.12")], ["b"]),
    ([("addresses.private-ip-address", "100.80.33.10")], []),
    ([("addresses.private-ip-address", "100.80.33.1?")], ["a", "b"]),
    ([("addresses.private-ip-address", "*.100")], ["a"]),
    ([("vpc-id", "vpc-0a1b2c3d4e5f60718")], ["a", "b"]),
    ([("vpc-id", "vpc-other")], []),
    ([("vpc-id", "vpc-0a1b2c3d4e5f60718"), ("addresses.private-ip-address", "100.80.33.12")], ["b"]),
    ([("network-interface-id", "eni-0123456789abcdefb")], ["b"]),
    ([("subnet-id", "subnet-0a1b2c3d4e5f60718")], ["a", "b"]),
    ([("attachment.instance-id", "i-0123456789abcdefa")], ["a"]),
    ([("mac-address", "02:00:5e:00:53:0b")], ["b"]),
  ])
  func findsInterfacesByFilter(filters: [(String, String)], expected: [String]) throws {
    var scenario = try Scenario()
    let answer = scenario.call("DescribeNetworkInterfaces", numbered(filters))
    #expect(answer.httpStatus == 200)
    for digit in ["a", "b"] {
      let isThere = answer.body.contains("<networkInterfaceId>eni-0123456789abcdef\(digit)<")
      #expect(isThere == expected.contains(digit))
    }
  }

  @Test(arguments: [
    ([("network-interface.addresses.private-ip-address", "100.80.33.101")], ["a"]),
    ([("instance-id", "i-0123456789abcdefb")], ["b"]),
    ([("private-ip-address", "100.80.33.12")], ["b"]),
    ([("private-ip-address", "100.80.33.100")], []),
    ([("instance-state-name", "running")], ["a", "b"]),
  ])
  func findsInstancesByFilter(filters: [(String, String)], expected: [String]) throws {
    var scenario = try Scenario()
    let answer = scenario.call("DescribeInstances", numbered(filters))
    #expect(answer.httpStatus == 200)
    for digit in ["a", "b"] {
      #expect(answer.body.contains("<instanceId>i-0123456789abcdef\(digit)<") == expected.contains(digit))
    }
  }

  @Test(arguments: [
    (
      "DescribeNetworkInterfaces", [("Filter.1.Name", "color"), ("Filter.1.Value.1", "red")],
      "InvalidParameterValue"
    ),
    (
      "DescribeInstances", [("Filter.1.Name", "color"), ("Filter.1.Value.1", "red")], "InvalidParameterValue"
    ),
    ("DescribeNetworkInterfaces", [("NetworkInterfaceId.1", "eni-0")], "InvalidNetworkInterfaceID.NotFound"),
    ("DescribeInstances", [("InstanceId.1", "i-0")], "InvalidInstanceID.NotFound"),
    ("DescribeInstances", [("MaxResults", "4")], "InvalidParameterValue"),
    ("DescribeInstances", [("NextToken", "nonsense")], "InvalidParameterValue"),
    (
      "DescribeNetworkInterfaces", [("NetworkInterfaceId.1", Scenario.interfaceA), ("MaxResults", "5")],
      "InvalidParameterCombination"
    ),
    ("DescribeInstances", [("DryRun", "true")], "DryRunOperation"),
    ("DescribeEverything", [], "InvalidAction"),
  ])
  func refusesAsEC2(action: String, parameters: [(String, String)], code: String) throws {
    var scenario = try Scenario()
    #expect(scenario.call(action, parameters).errorCode == code)
  }

  @Test func pagesThroughManyInterfaces() throws {
    var scenario = try Scenario { topology in
      topology.interfaces = (0..<10).map { number in
        Topology.Interface(
          networkInterfaceId: "eni-spare\(number)", macAddress: "02:00:00:00:00:1\(number)",
          subnetId: topology.subnets[0].subnetId, primary: "100.80.33.2\(number)")
      }
    }
    var tokens = [String]()
    var parameters = [("MaxResults", "5")]
    var seen = 0
    while true {
      let body = scenario.call("DescribeNetworkInterfaces", parameters).body
      seen += body.components("<networkInterfaceId>") - 1
      guard let token = body.between("<nextToken>", "</nextToken>") else { break }
      tokens.append(token)
      parameters = [("MaxResults", "5"), ("NextToken", token)]
    }
    #expect(seen == 12)
    #expect(tokens == ["5", "10"])
  }

  @Test func tellsAddressesOfTwoVPCsApart() throws {
    var scenario = try Scenario { topology in
      topology.subnets.append(
        .init(
          subnetId: "subnet-2", cidr: "100.80.33.0/24", availabilityZone: "eu-central-1a", vpcId: "vpc-2"))
      topology.interfaces = [
        .init(
          networkInterfaceId: "eni-2", macAddress: "02:00:00:00:00:02", subnetId: "subnet-2",
          primary: "100.80.33.9", secondary: ["100.80.33.100"])
      ]
    }
    let filters = [("addresses.private-ip-address", "100.80.33.100"), ("vpc-id", "vpc-2")]
    let body = scenario.call("DescribeNetworkInterfaces", numbered(filters)).body
    #expect(body.contains("eni-2<"))
    #expect(!body.contains(Scenario.interfaceA))
    #expect(scenario.assign(["100.80.33.100"], to: Scenario.interfaceB).httpStatus == 200)
    #expect(scenario.state.world.interface("eni-2")?.secondary == ["100.80.33.100"])
  }

  @Test func anInstanceTypeTellsHowManyAddressesAnInterfaceMayHave() throws {
    var scenario = try Scenario { $0.routers[1].interfaces[0].addressLimit = 7 }
    let body = scenario.call("DescribeInstanceTypes", [("InstanceType.1", "c6in.large")]).body
    #expect(body.between("<ipv4AddressesPerInterface>", "</ipv4AddressesPerInterface>") == "7")
    let unknown = scenario.call("DescribeInstanceTypes", [("InstanceType.1", "x9.huge")])
    #expect(unknown.errorCode == "InvalidInstanceType")
  }

  @Test func lagsBehindAMoveAsLongAsToldTo() throws {
    var scenario = try Scenario()
    scenario.state.describeLagMilliseconds = 1_000
    _ = scenario.assign(["100.80.33.100"], to: Scenario.interfaceB)
    let filters = numbered([("addresses.private-ip-address", "100.80.33.100")])
    scenario.passMilliseconds(999)
    #expect(scenario.call("DescribeNetworkInterfaces", filters).body.contains(Scenario.interfaceA))
    scenario.passMilliseconds(1)
    #expect(scenario.call("DescribeNetworkInterfaces", filters).body.contains(Scenario.interfaceB))
  }

  private func numbered(_ filters: [(String, String)]) -> [(String, String)] {
    filters.enumerated().flatMap { index, filter in
      [("Filter.\(index + 1).Name", filter.0), ("Filter.\(index + 1).Value.1", filter.1)]
    }
  }
}

extension String {
  fileprivate func components(_ separator: String) -> Int {
    split(separator: separator, omittingEmptySubsequences: false).count
  }

  fileprivate func between(_ start: String, _ end: String) -> String? {
    let parts = split(separator: start, omittingEmptySubsequences: false)
    return parts.count == 2
      ? parts[1].split(separator: end, omittingEmptySubsequences: false).first.map(String.init) : nil
  }
}
