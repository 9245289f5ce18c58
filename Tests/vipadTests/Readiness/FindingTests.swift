import Failover
import FoundationEssentials
import SigV4
import Testing

@testable import AWS
@testable import vipad

struct FindingTests {
  private static let own = EC2NetworkInterface(
    networkInterfaceId: "eni-b", macAddress: nil, deviceIndex: 0, privateIpAddress: "10.0.1.12",
    privateIpAddresses: ["10.0.1.12"], subnetId: "subnet-1", vpcId: "vpc-1", instanceId: "i-b",
    sourceDestCheck: false, securityGroupIds: ["sg-1"])

  private static func peer(_ change: (inout EC2NetworkInterface) -> Void = { _ in }) -> EC2NetworkInterface {
    var interface = EC2NetworkInterface(
      networkInterfaceId: "eni-a", macAddress: nil, deviceIndex: 0, privateIpAddress: "10.0.1.11",
      privateIpAddresses: ["10.0.1.11", "10.0.1.100"], subnetId: "subnet-1", vpcId: "vpc-1",
      instanceId: "i-a",
      sourceDestCheck: false, securityGroupIds: ["sg-1"])
    change(&interface)
    return interface
  }

  private func findings(
    _ interfaces: [EC2NetworkInterface], vips: [String] = ["10.0.1.100"], limit: Int? = 10
  ) -> [Finding] {
    InterfaceFindings(
      seen: Dictionary(uniqueKeysWithValues: interfaces.map { ($0.networkInterfaceId, $0) }),
      targets: [InterfaceFindings.Target(vips: vips, networkInterfaceId: "eni-b")], addressLimit: limit
    ).all
  }

  @Test func aPairAsItShouldBeIsOk() {
    #expect(findings([Self.own, Self.peer()]).allSatisfy { $0.state == .ok })
  }

  @Test func withoutTheOwnInterfaceNothingIsOk() {
    #expect(findings([Self.peer()]).allSatisfy { $0.state == .unknown })
  }

  @Test func aPeerThatWasNotSeenIsUnknown() {
    #expect(findings([Self.own]).filter { $0.state == .unknown }.map(\.name) == [.securityGroups])
  }

  @Test func anotherInterfaceOfThisInstanceIsNoPeer() {
    var second = Self.peer { $0.securityGroupIds = ["sg-2"] }
    second.instanceId = "i-b"
    #expect(findings([Self.own, second]).first { $0.name == .securityGroups }?.state == .unknown)
  }

  @Test func withoutTheTypesLimitTheRoomIsUnknown() {
    #expect(
      findings([Self.own, Self.peer()], limit: nil).first { $0.name == .addressLimit }?.state == .unknown)
  }

  @Test(arguments: [(1, false), (2, true)])
  func roomIsCountedForTheVIPsThatAreMissing(_ limit: Int, _ isOk: Bool) {
    let finding = findings([Self.own, Self.peer()], limit: limit).first { $0.name == .addressLimit }
    #expect(finding?.state == (isOk ? .ok : .failed))
  }

  @Test func aVIPThatIsHereNeedsNoRoom() {
    var holding = Self.own
    holding = EC2NetworkInterface(
      networkInterfaceId: "eni-b", macAddress: nil, deviceIndex: 0, privateIpAddress: "10.0.1.12",
      privateIpAddresses: ["10.0.1.12", "10.0.1.100"], subnetId: "subnet-1", vpcId: "vpc-1",
      instanceId: "i-b",
      sourceDestCheck: false, securityGroupIds: ["sg-1"])
    #expect(findings([holding], limit: 2).first { $0.name == .addressLimit }?.state == .ok)
  }

  @Test(arguments: [
    ("10.1.2.3", true), ("172.31.255.255", true), ("172.32.0.1", false), ("192.168.0.1", true),
    ("100.64.0.1", true), ("100.128.0.1", false), ("52.94.10.10", false), ("127.0.0.1", true), ("::1", true),
    ("fd00:ec2::254", true), ("fe80::1", true), ("2600:1f14::1", false),
  ])
  func privateAddressesAreKnown(_ address: String, _ isPrivate: Bool) {
    #expect(HostAddresses.isPrivate(address) == isPrivate)
  }

  @Test func aNameIsAskedOfTheResolver() async {
    #expect(await HostAddresses.resolve("127.0.0.1") == HostAddresses(["127.0.0.1"]))
    #expect(await HostAddresses.resolve("no-such-name.invalid") == HostAddresses([]))
  }

  @Test func aPublicEndpointFailsOnlyWhereItMustBePrivateOrCantBeReached() {
    let warm = WarmConnection(
      newConnection: false, remoteAddress: "52.94.10.10", connectionKept: true, milliseconds: 3)
    var way = EndpointFinding(
      url: "https://ec2.eu-central-1.amazonaws.com", warm: warm, trouble: nil,
      addresses: HostAddresses(["52.94.10.10"]), mustBePrivate: false)
    #expect(way.finding?.state == .ok)
    way.mustBePrivate = true
    #expect(way.finding?.state == .failed)
    way.mustBePrivate = false
    way.trouble = ("timed out", nil)
    #expect(way.finding?.detail.contains("public address 52.94.10.10") == true)
    #expect(way.finding?.remedy?.contains("VPC endpoint") == true)
  }

  @Test(arguments: [(239_000.0, "ok"), (241_000, "failed"), (-241_000, "failed")])
  func aClockThatEC2WouldRefuseHasFailed(_ skew: Double, _ state: String) {
    #expect(Finding.clock(skewMilliseconds: skew).state.rawValue == state)
  }

  @Test func credentialsThatEndedOrCantBeRefreshedHaveFailed() {
    let now = Date(timeIntervalSince1970: 1_000_000)
    func held(_ left: Double) -> HeldCredentials {
      HeldCredentials(
        credentials: Credentials(accessKeyId: "A", secretAccessKey: "S", sessionToken: nil), source: "role r",
        expiration: now.addingTimeInterval(left))
    }
    let failure = CredentialError.none(tried: ["role"])
    #expect(Finding.credentials(held(600), lastFailure: nil, now: now).state == .ok)
    #expect(Finding.credentials(held(600), lastFailure: nil, now: now).reading == "10 min left")
    #expect(Finding.credentials(held(-1), lastFailure: nil, now: now).state == .failed)
    #expect(Finding.credentials(held(600), lastFailure: failure, now: now).state == .failed)
    #expect(Finding.credentials(nil, lastFailure: failure, now: now).state == .failed)
    #expect(Finding.credentials(nil, lastFailure: nil, now: now).state == .unknown)
  }
}
