import FoundationEssentials
import SigV4
import Testing

@testable import AWS

/// The ports of `instance_metadata_peer.py`, one for each kind of trouble.
enum InstanceMetadataPeer {
  static let ports = Task {
    try await PeerProcess.start("instance_metadata_peer.py", as: [String: Int].self)
  }

  static func endpoint(_ kind: String) async throws -> String {
    "http://127.0.0.1:\(try #require(try await ports.value[kind]))"
  }

  static func client(_ kind: String) async throws -> InstanceMetadata {
    InstanceMetadata(
      transport: try CurlTransport(CurlSettings(allowsLinkLocal: true)), endpoint: try await endpoint(kind))
  }

  /// How often the peer of this kind was asked, by method, and refused a token.
  static func seen(_ kind: String) async throws -> [String: Int] {
    let answer = try await CurlTransport().send(TransportRequest(url: try await endpoint(kind) + "/seen"))
    return try JSONDecoder().decode([String: Int].self, from: Data(answer.body))
  }
}

@Suite(.serialized) struct InstanceMetadataTests {
  @Test func readsWhoTheInstanceIs() async throws {
    let document = try await InstanceMetadataPeer.client("good").identityDocument()
    #expect(document.instanceId == "i-0123456789abcdef0")
    #expect(document.region == "eu-central-1")
    #expect(document.availabilityZone == "eu-central-1a")
    #expect(document.accountId == "123456789012")
  }

  @Test func readsTheRegionAndTheAddressesOfAnInterface() async throws {
    let metadata = try await InstanceMetadataPeer.client("good")
    #expect(try await metadata.region() == "eu-central-1")
    #expect(try await metadata.localIPv4s(macAddress: "0A:00:00:00:00:01") == ["10.0.1.5", "10.0.1.100"])
  }

  @Test func readsAllInterfaces() async throws {
    let interfaces = try await InstanceMetadataPeer.client("good").interfaces()
    #expect(Set(interfaces.map(\.networkInterfaceId)) == ["eni-outer", "eni-inner"])
    let inner = try #require(interfaces.first { $0.networkInterfaceId == "eni-inner" })
    #expect(inner.macAddress == "0a:00:00:00:00:02")
    #expect(inner.deviceIndex == 1)
    #expect(inner.subnetCIDRs == ["10.0.2.0/24"])
    #expect(inner.localIPv4s == ["10.0.2.5"])
  }

  @Test func leavesOutAnInterfaceThatIsBeingAttached() async throws {
    let interfaces = try await InstanceMetadataPeer.client("half").interfaces()
    #expect(interfaces.map(\.networkInterfaceId) == ["eni-outer"])
  }

  @Test func readsTheRolesCredentials() async throws {
    let role = try await InstanceMetadataPeer.client("good").roleCredentials()
    #expect(role.roleName == "router")
    #expect(role.credentials.accessKeyId == "ASIAEXAMPLE")
    #expect(role.credentials.sessionToken == "token")
    #expect(role.expiration == Date(timeIntervalSince1970: 1_795_438_800))
  }

  @Test func aRoleThatFailedIsAnErrorThoughTheStatusIs200() async throws {
    let error = await #expect(throws: InstanceMetadataError.self) {
      try await InstanceMetadataPeer.client("failedRole").roleCredentials()
    }
    #expect(error?.description.contains("AssumeRoleUnauthorizedAccess: can't assume") == true)
  }

  @Test func aMissingRoleIsNamed() async throws {
    let metadata = try await InstanceMetadataPeer.client("noRole")
    #expect(try await metadata.roleName() == nil)
    let error = await #expect(throws: InstanceMetadataError.self) { try await metadata.roleCredentials() }
    #expect(error?.description.contains("attach an instance profile") == true)
  }

  @Test func fetchesOneTokenForAll() async throws {
    let metadata = try await InstanceMetadataPeer.client("counted")
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<8 { group.addTask { _ = try await metadata.region() } }
      try await group.waitForAll()
    }
    let seen = try await InstanceMetadataPeer.seen("counted")
    #expect(seen["PUT"] == 1)
    #expect(seen["GET"] == 8)
  }

  @Test func replacesARefusedTokenOnce() async throws {
    let metadata = try await InstanceMetadataPeer.client("revoking")
    for _ in 0..<8 { #expect(try await metadata.region() == "eu-central-1") }
    let seen = try await InstanceMetadataPeer.seen("revoking")
    #expect(seen["401"] == 2)
    #expect(seen["PUT"] == 3)
  }

  @Test func renewsATokenBeforeItsEnd() async throws {
    let metadata = try await InstanceMetadataPeer.client("ending")
    for _ in 0..<3 { _ = try await metadata.region() }
    let seen = try await InstanceMetadataPeer.seen("ending")
    #expect(seen["PUT"] == 3)
    #expect(seen["401"] == 0)
  }

  @Test func givesUpWhenEveryTokenIsRefused() async throws {
    let metadata = try await InstanceMetadataPeer.client("unauthorized")
    let error = await #expect(throws: InstanceMetadataError.self) { try await metadata.region() }
    #expect(error?.kind == .unauthorized)
    #expect(try await InstanceMetadataPeer.seen("unauthorized")["GET"] == 2)
  }

  @Test func doesNotAskAgainWhereItIsOff() async throws {
    let metadata = try await InstanceMetadataPeer.client("offCounted")
    let error = await #expect(throws: InstanceMetadataError.self) { try await metadata.region() }
    #expect(error?.kind == .forbidden)
    #expect(try await InstanceMetadataPeer.seen("offCounted")["PUT"] == 1)
  }

  @Test func aMissingItemIsAnAnswer() async throws {
    let metadata = try await InstanceMetadataPeer.client("good")
    let error = await #expect(throws: InstanceMetadataError.self) {
      try await metadata.item("/latest/meta-data/nothing")
    }
    #expect(error?.kind == .notFound)
  }

  @Test func aTokenThatNeverComesPointsAtTheHopLimit() async throws {
    let metadata = try await InstanceMetadataPeer.client("hang")
    let started = ContinuousClock.now
    let error = await #expect(throws: InstanceMetadataError.self) { try await metadata.region() }
    #expect(ContinuousClock.now - started < .seconds(3))
    #expect(error?.kind == .unreachable)
    #expect(error?.description.contains("hop limit") == true)
  }

  @Test func whatIsNotTheServiceIsNotBelieved() async throws {
    let peer = try await TransportPeer.shared.value
    let metadata = InstanceMetadata(
      transport: try CurlTransport(peer.settings()), endpoint: "http://127.0.0.1:\(peer.ports.plain)")
    await #expect(throws: InstanceMetadataError.self) { try await metadata.identityDocument() }
  }
}
