import Glibc
import SystemPackage
import Testing

@testable import AWS

@Suite(.serialized) struct IdentityTests {
  private func finder(_ kind: String, instanceId: String? = nil, file: String = "/nonexistent") async throws
    -> IdentityFinder
  {
    IdentityFinder(
      metadata: try await InstanceMetadataPeer.client(kind), configuredInstanceId: instanceId,
      instanceIdPath: file)
  }

  private func failure(
    _ kind: String, _ choice: InterfaceChoice, instanceId: String? = nil, kernel: [KernelInterface] = [],
    ec2: EC2Client? = nil
  ) async -> IdentityError? {
    await #expect(throws: IdentityError.self) {
      try await finder(kind, instanceId: instanceId).identity(choice, kernel: kernel, ec2: ec2)
    }
  }

  @Test(arguments: [
    (InterfaceChoice.subnet(containing: ["10.0.2.100", "10.0.2.101"]), "eni-inner"),
    (.subnet(containing: ["10.0.1.100"]), "eni-outer"), (.networkInterfaceId("eni-inner"), "eni-inner"),
    (.macAddress("0A:00:00:00:00:01"), "eni-outer"),
  ])
  func choosesTheInterfaceThatFits(choice: InterfaceChoice, networkInterfaceId: String) async throws {
    let identity = try await finder("good").identity(choice, kernel: [], ec2: nil)
    #expect(identity.networkInterfaceId == networkInterfaceId)
    #expect(identity.instanceId == "i-0123456789abcdef0")
    #expect(identity.region == "eu-central-1")
    #expect(identity.vpcId == "vpc-1")
  }

  @Test func readsEverythingAboutTheInterface() async throws {
    let identity = try await finder("good").identity(.networkInterfaceId("eni-outer"), kernel: [], ec2: nil)
    #expect(
      identity
        == Identity(
          instanceId: "i-0123456789abcdef0", networkInterfaceId: "eni-outer", deviceIndex: 0,
          macAddress: "0a:00:00:00:00:01", privateIpAddress: "10.0.1.5", subnetId: "subnet-1",
          subnetCIDR: "10.0.1.0/24", vpcId: "vpc-1", availabilityZone: "eu-central-1a",
          region: "eu-central-1", accountId: "123456789012", isFromMetadata: true))
  }

  @Test func twoInterfacesThatFitAreAnErrorNamingBoth() async {
    let error = await failure("twins", .subnet(containing: ["10.0.2.100"]))
    #expect(error?.mayPass == false)
    #expect(error?.description.contains("eni-inner") == true)
    #expect(error?.description.contains("eni-twin") == true)
    #expect(error?.description.contains("set networkInterfaceId") == true)
  }

  @Test(arguments: [
    InterfaceChoice.subnet(containing: ["10.9.0.1"]), .subnet(containing: ["10.0.1.100", "10.0.2.100"]),
    .subnet(containing: []), .subnet(containing: ["nonsense"]), .networkInterfaceId("eni-nowhere"),
    .macAddress("0a:00:00:00:00:99"),
  ])
  func noneThatFitsIsAnErrorNamingWhatWasFound(choice: InterfaceChoice) async {
    let error = await failure("good", choice)
    #expect(error?.description.contains("eni-outer") == true)
    #expect(error?.description.contains("eni-inner") == true)
  }

  @Test func withoutMetadataOrAnIdItSaysSo() async {
    let error = await failure("off", .subnet(containing: ["10.0.1.100"]))
    #expect(error?.description.contains("set instanceId") == true)
  }

  @Test func withoutMetadataItAsksEC2AboutTheConfiguredInstance() async throws {
    let moto = try await MotoPeer.shared.value
    let kernel = [
      KernelInterface(macAddress: moto.first.mac.uppercased(), networks: [try network("10.0.1.0/24")]),
      KernelInterface(macAddress: moto.second.mac, networks: [try network("10.0.2.0/24")]),
    ]
    let identity = try await finder("off", instanceId: moto.instanceId).identity(
      .subnet(containing: ["10.0.2.100"]), kernel: kernel, ec2: moto.client(moto.reader))
    #expect(identity.instanceId == moto.instanceId)
    #expect(identity.networkInterfaceId == moto.second.id)
    #expect(identity.vpcId == moto.vpcId)
    #expect(identity.region == "eu-central-1")
  }

  @Test func withoutMetadataItTakesCloudInitsInstanceId() async throws {
    let moto = try await MotoPeer.shared.value
    let path = "/tmp/vipad-instance-id-\(uniqueTag())"
    try write("\(moto.instanceId)\n", to: path)
    defer { _ = unsafe unlink(path) }
    let identity = try await finder("off", file: path).identity(
      .macAddress(moto.first.mac), kernel: [KernelInterface(macAddress: moto.first.mac)],
      ec2: moto.client(moto.reader))
    #expect(identity.networkInterfaceId == moto.first.id)
  }

  @Test func anInstanceWithoutOurMACAddressIsNotThisMachine() async throws {
    let moto = try await MotoPeer.shared.value
    let error = await failure(
      "off", .networkInterfaceId(moto.first.id), instanceId: moto.instanceId,
      kernel: [KernelInterface(macAddress: "0a:00:00:00:00:77")], ec2: try moto.client(moto.reader))
    #expect(error?.mayPass == false)
    #expect(error?.description.contains("not this machine") == true)
  }

  @Test func anInterfaceTheKernelDoesNotHaveIsNoCandidate() async throws {
    let moto = try await MotoPeer.shared.value
    let error = await failure(
      "off", .networkInterfaceId(moto.second.id), instanceId: moto.instanceId,
      kernel: [KernelInterface(macAddress: moto.first.mac)], ec2: try moto.client(moto.reader))
    #expect(error?.description.contains(moto.second.id) == true)
  }

  private func network(_ cidr: String) throws -> IPv4Network { try #require(IPv4Network(cidr)) }

  private func write(_ text: String, to path: String) throws {
    let file = try FileDescriptor.open(
      FilePath(path), .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite)
    try file.closeAfter { _ = try file.writeAll(text.utf8) }
  }
}
