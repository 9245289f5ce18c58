import FoundationEssentials
import SigV4
import Testing

@testable import EC2Simulator

struct MetadataServiceTests {
  let macs = "/latest/meta-data/network/interfaces/macs/"

  @Test(arguments: [nil, "0", "21601", "x", ""])
  func refusesATokenWithoutATimeToLive(seconds: String?) throws {
    var scenario = try Scenario()
    #expect(scenario.metadata("PUT", "/latest/api/token", ttlSeconds: seconds).httpStatus == 400)
  }

  @Test func refusesAForwardedToken() throws {
    var scenario = try Scenario()
    let answer = scenario.metadata("PUT", "/latest/api/token", ttlSeconds: "60", isForwarded: true)
    #expect(answer.httpStatus == 403)
  }

  @Test func wantsALivingTokenOfThisRouter() throws {
    var scenario = try Scenario()
    let token = scenario.metadataToken(seconds: "60")
    let path = "/latest/meta-data/instance-id"
    #expect(scenario.metadata("GET", path, token: token).body == "i-0123456789abcdefa")
    #expect(scenario.metadata("GET", path, token: nil).httpStatus == 401)
    #expect(scenario.metadata("GET", path, token: "guess").httpStatus == 401)
    #expect(scenario.metadata("GET", path, router: "router-b", token: token).httpStatus == 401)
    scenario.passMilliseconds(60_000)
    #expect(scenario.metadata("GET", path, token: token).httpStatus == 401)
  }

  @Test(arguments: [
    ("mac", "02:00:5e:00:53:0a"), ("local-ipv4", "100.80.33.11"), ("placement/region", "eu-central-1"),
    ("placement/availability-zone", "eu-central-1a"), ("network/interfaces/macs/", "02:00:5e:00:53:0a/"),
    ("network/interfaces/macs/02:00:5e:00:53:0a/interface-id", "eni-0123456789abcdefa"),
    ("network/interfaces/macs/02:00:5e:00:53:0a/device-number", "0"),
    ("network/interfaces/macs/02:00:5e:00:53:0a/subnet-id", "subnet-0a1b2c3d4e5f60718"),
    ("network/interfaces/macs/02:00:5e:00:53:0a/subnet-ipv4-cidr-block", "100.80.33.0/24"),
    ("network/interfaces/macs/02:00:5e:00:53:0a/vpc-id", "vpc-0a1b2c3d4e5f60718"),
    ("network/interfaces/macs/02:00:5e:00:53:0a/owner-id", "123456789012"),
    (
      "network/interfaces/macs/02:00:5e:00:53:0a/local-ipv4s",
      "100.80.33.11\n100.80.33.100\n100.80.33.101"
    ),
    ("iam/security-credentials/", "vipad-router-a"),
  ])
  func showsTheItem(path: String, text: String) throws {
    var scenario = try Scenario()
    #expect(scenario.metadata("/latest/meta-data/" + path).body == text)
  }

  @Test(arguments: [
    "/latest/meta-data/nothing", "/latest/meta-data/network/interfaces/macs/02:00:00:00:00:00/", "/",
  ])
  func answers404ForOtherItems(path: String) throws {
    var scenario = try Scenario()
    #expect(scenario.metadata(path).httpStatus == 404)
  }

  @Test func showsAMoveAfterTheRemapDelayAtBothEnds() throws {
    var scenario = try Scenario { $0.metadata?.remapDelayMilliseconds = 500 }
    _ = scenario.assign(["100.80.33.100"], to: Scenario.interfaceB)
    let itemA = macs + "02:00:5e:00:53:0a/local-ipv4s"
    let itemB = macs + "02:00:5e:00:53:0b/local-ipv4s"
    scenario.passMilliseconds(499)
    #expect(scenario.metadata(itemA).body.contains("100.80.33.100"))
    #expect(!scenario.metadata(itemB, router: "router-b").body.contains("100.80.33.100"))
    scenario.passMilliseconds(1)
    #expect(!scenario.metadata(itemA).body.contains("100.80.33.100"))
    #expect(scenario.metadata(itemB, router: "router-b").body.contains("100.80.33.100"))
  }

  @Test func liesUntilTheTimeIsOver() throws {
    var scenario = try Scenario()
    let item = macs + "02:00:5e:00:53:0a/local-ipv4s"
    let now = scenario.now
    scenario.state.metadata["router-a"]?.lie = (
      .frozen(atUptimeNanoseconds: now.uptimeNanoseconds),
      untilUptimeNanoseconds: now.advanced(byMilliseconds: 2_000).uptimeNanoseconds
    )
    scenario.passMilliseconds(1)
    _ = scenario.assign(["100.80.33.100"], to: Scenario.interfaceB)
    scenario.passMilliseconds(1_998)
    #expect(scenario.metadata(item).body.contains("100.80.33.100"))
    scenario.passMilliseconds(1)
    #expect(!scenario.metadata(item).body.contains("100.80.33.100"))
  }

  @Test func tellsMadeUpAddresses() throws {
    var scenario = try Scenario()
    scenario.state.metadata["router-b"]?.lie = (
      .addresses([Scenario.interfaceB: ["100.80.33.100"]]), untilUptimeNanoseconds: .max
    )
    let item = macs + "02:00:5e:00:53:0b/local-ipv4s"
    #expect(scenario.metadata(item, router: "router-b").body == "100.80.33.12\n100.80.33.100")
  }
}

struct RoleCredentialsTests {
  private struct Document: Decodable {
    let Code: String
    let AccessKeyId: String?
    let SecretAccessKey: String?
    let Token: String?
    let Expiration: String?
  }

  private func document(_ scenario: inout Scenario) throws -> Document {
    let text = scenario.metadata("/latest/meta-data/iam/security-credentials/vipad-router-a").body
    return try JSONDecoder().decode(Document.self, from: Data(text.utf8))
  }

  private func credentials(_ scenario: inout Scenario) throws -> Credentials {
    let document = try document(&scenario)
    return Credentials(
      accessKeyId: try #require(document.AccessKeyId),
      secretAccessKey: try #require(document.SecretAccessKey),
      sessionToken: document.Token)
  }

  @Test func signsWithRoleCredentialsAndTheirToken() throws {
    var scenario = try Scenario()
    let role = try credentials(&scenario)
    scenario.credentials = role
    #expect(scenario.call("DescribeInstances").httpStatus == 200)
    scenario.credentials = Credentials(
      accessKeyId: role.accessKeyId, secretAccessKey: role.secretAccessKey, sessionToken: nil)
    #expect(scenario.call("DescribeInstances").errorCode == "AuthFailure")
  }

  @Test func handsOutNewKeysFiveMinutesBeforeTheOldOnesEnd() throws {
    var scenario = try Scenario()
    let first = try credentials(&scenario)
    scenario.passMilliseconds((21_600 - 301) * 1000)
    #expect(try credentials(&scenario) == first)
    scenario.passMilliseconds(1_000)
    let second = try credentials(&scenario)
    #expect(second != first)
    scenario.credentials = first
    #expect(scenario.call("DescribeInstances").httpStatus == 200)
    scenario.passMilliseconds(300_000)
    #expect(scenario.call("DescribeInstances").errorCode == "RequestExpired")
    scenario.credentials = second
    #expect(scenario.call("DescribeInstances").httpStatus == 200)
  }

  @Test func endsKeysAtOnceWhenTold() throws {
    var scenario = try Scenario { $0.authenticationErrors = .distinct }
    scenario.credentials = try credentials(&scenario)
    var role = try #require(scenario.state.metadata["router-a"]?.role)
    role.expire(keyring: &scenario.state.keyring, at: scenario.now.wall)
    scenario.state.metadata["router-a"]?.role = role
    #expect(scenario.call("DescribeInstances").errorCode == "ExpiredToken")
    scenario.credentials = try credentials(&scenario)
    #expect(scenario.call("DescribeInstances").httpStatus == 200)
  }

  @Test func sendsAnotherCodeWithoutKeysAndStatus200() throws {
    var scenario = try Scenario()
    scenario.state.metadata["router-a"]?.role?.behaviour.code = "AssumeRoleUnauthorizedAccess"
    let document = try document(&scenario)
    #expect(document.Code == "AssumeRoleUnauthorizedAccess")
    #expect(document.AccessKeyId == nil)
  }
}
