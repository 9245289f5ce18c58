import Testing

@testable import AWS

/// The EC2 calls against an implementation nobody here wrote, which checks signatures and policies.
@Suite(.serialized) struct EC2MotoTests {
  let moto: MotoPeer

  init() async throws { moto = try await MotoPeer.shared.value }

  @Test func takesAnAddress() async throws {
    let accepted = try await moto.client(moto.full).assignPrivateIpAddresses(
      ["10.0.2.100", "10.0.2.101"], networkInterfaceId: moto.second.id, claimId: "c-1")
    #expect(accepted.httpStatus == 200)
    #expect(!accepted.awsRequestId.isEmpty)
    #expect(Set(accepted.assigned).isSuperset(of: ["10.0.2.100", "10.0.2.101"]))
  }

  @Test func findsTheHolderByInterface() async throws {
    let client = try moto.client(moto.full)
    let holders = try await client.holders(of: [moto.second.ip, "10.0.2.250"], vpcId: moto.vpcId)
    #expect(
      holders == [
        Holder(vip: moto.second.ip, networkInterfaceId: moto.second.id, instanceId: moto.instanceId)
      ])
    #expect(!client.isDescribeNetworkInterfacesRefused)
  }

  @Test func findsTheHolderByInstanceWhereThePolicyIsOlder() async throws {
    let client = try moto.client(moto.older)
    // moto's DescribeInstances knows no filter by address, so a filter it lacks would be an error here.
    let failure: EC2Failure?
    do {
      let holders = try await client.holders(of: [moto.first.ip], vpcId: moto.vpcId)
      failure = nil
      #expect(holders.map(\.networkInterfaceId) == [moto.first.id])
    } catch {
      failure = error
    }
    #expect(failure == nil || failure?.failureClass != .permission)
    #expect(client.isDescribeNetworkInterfacesRefused)
  }

  @Test func readsAnInstanceWithItsInterfaces() async throws {
    let instance = try await moto.client(moto.reader).instance(moto.instanceId)
    #expect(instance.instanceId == moto.instanceId)
    #expect(instance.availabilityZone?.hasPrefix("eu-central-1") == true)
    #expect(Set(instance.networkInterfaces.map(\.networkInterfaceId)) == [moto.first.id, moto.second.id])
    let second = instance.networkInterfaces.first { $0.networkInterfaceId == moto.second.id }
    #expect(second?.macAddress == moto.second.mac)
    #expect(second?.deviceIndex == 1)
    #expect(second?.privateIpAddress == "10.0.2.7")
  }

  @Test func aRefusedClaimNamesTheActionToAllow() async throws {
    let failure = await #expect(throws: EC2Failure.self) {
      try await moto.client(moto.reader).assignPrivateIpAddresses(
        ["10.0.2.100"], networkInterfaceId: moto.second.id, claimId: "c-1")
    }
    #expect(failure?.failureClass == .permission)
    #expect(failure?.description.contains("allow ec2:AssignPrivateIpAddresses") == true)
  }

  @Test func aWrongKeyIsACredentialsFailure() async throws {
    var user = moto.full
    user.secretAccessKey = "wrong"
    let failure = await #expect(throws: EC2Failure.self) {
      try await moto.client(user).instance(moto.instanceId)
    }
    #expect(failure?.failureClass == .credentials)
    #expect(failure?.description.contains("wrong") == false)
  }

  @Test func aMissingInterfaceIsAnIdentityFailure() async throws {
    let failure = await #expect(throws: EC2Failure.self) {
      try await moto.client(moto.full).assignPrivateIpAddresses(
        ["10.0.2.100"], networkInterfaceId: "eni-00000000000000000", claimId: "c-1")
    }
    #expect(failure?.errorCode == "InvalidNetworkInterfaceID.NotFound")
    #expect(failure?.failureClass == .identity)
    #expect(failure?.httpStatus == 400)
  }

  @Test func aMissingInstanceIsAnIdentityFailure() async throws {
    let failure = await #expect(throws: EC2Failure.self) {
      try await moto.client(moto.full).instance("i-00000000000000000")
    }
    #expect(failure?.failureClass == .identity)
  }
}
