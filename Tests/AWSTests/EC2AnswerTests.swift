import FoundationEssentials
import Testing

@testable import AWS

/// What EC2 and what stands in front of it may answer to a claim, over a real connection.
@Suite(.serialized) struct EC2AnswerTests {
  let peer: TransportPeer
  let client: EC2Client
  let networkInterfaceId = "eni-\(UUID().uuidString)"

  init() async throws {
    peer = try await TransportPeer.shared.value
    client = try EC2Client.test("https://127.0.0.1:\(peer.ports.tls)", settings: peer.settings())
  }

  private func claim(claimId: String = "c-1") async throws(EC2Failure) -> EC2Accepted {
    try await client.assignPrivateIpAddresses(
      ["10.0.0.9"], networkInterfaceId: networkInterfaceId, claimId: claimId)
  }

  private func failure(status: Int = 200, headers: [String] = [], body: String) async throws -> EC2Failure? {
    try await peer.answer(networkInterfaceId, status: status, headers: headers, body: body)
    return await #expect(throws: EC2Failure.self) { try await claim() }
  }

  private func success(_ inner: String) -> String {
    """
    <?xml version="1.0" encoding="UTF-8"?>
    <AssignPrivateIpAddressesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
      <requestId>r-1</requestId>\(inner)
    </AssignPrivateIpAddressesResponse>
    """
  }

  private func error(_ code: String, _ message: String) -> String {
    "<Response><Errors><Error><Code>\(code)</Code><Message>\(message)</Message></Error></Errors>"
      + "<RequestID>r-2</RequestID></Response>"
  }

  @Test func acceptsASuccessAboutItsInterface() async throws {
    let item = "<item><privateIpAddress>10.0.0.9</privateIpAddress></item>"
    try await peer.answer(
      networkInterfaceId,
      body: success(
        "<networkInterfaceId>\(networkInterfaceId)</networkInterfaceId>"
          + "<assignedPrivateIpAddressesSet>\(item)</assignedPrivateIpAddressesSet><return>true</return>"))
    let accepted = try await claim()
    #expect(accepted.awsRequestId == "r-1")
    #expect(accepted.assigned == ["10.0.0.9"])
  }

  @Test func acceptsTheShortFormOfASuccess() async throws {
    try await peer.answer(networkInterfaceId, body: success("<return>true</return>"))
    #expect(try await claim().assigned.isEmpty)
  }

  @Test(arguments: [
    "<networkInterfaceId>eni-other</networkInterfaceId><return>true</return>", "<return>false</return>", "",
  ])
  func doesNotBelieveASuccessAboutSomethingElse(inner: String) async throws {
    let failure = try await failure(body: success(inner))
    #expect(failure?.failureClass == .transient)
    #expect(failure?.wasSent == true)
    #expect(failure?.awsRequestId == "r-1")
  }

  @Test(arguments: [
    "", "<html><body>Sign in to the network</body></html>", "<AssignPrivateIpAddressesResponse><requ",
    "<DescribeInstancesResponse><requestId>r</requestId></DescribeInstancesResponse>", "\u{0}\u{1}",
    "<!DOCTYPE a [<!ENTITY b \"c\">]><AssignPrivateIpAddressesResponse>&b;</AssignPrivateIpAddressesResponse>",
    "<AssignPrivateIpAddressesResponse><return>true</return></AssignPrivateIpAddressesResponse>",
  ])
  func anAnswerThatCannotBeReadIsTransient(body: String) async throws {
    let failure = try await failure(headers: ["Content-Type: text/html"], body: body)
    #expect(failure?.failureClass == .transient)
    #expect(failure?.httpStatus == 200)
    #expect(failure?.message.isEmpty == false)
  }

  @Test(arguments: [
    ("RequestLimitExceeded", 503, FailureClass.throttled), ("InternalError", 500, .transient),
    ("UnauthorizedOperation", 403, .permission), ("AuthFailure", 401, .credentials),
    ("PrivateIpAddressLimitExceeded", 400, .configuration),
    ("InvalidNetworkInterfaceID.NotFound", 400, .identity),
    ("Never.Heard.Of", 400, .configuration), ("Never.Heard.Of", 502, .transient),
  ])
  func readsEC2sOwnErrors(code: String, status: Int, failureClass: FailureClass) async throws {
    let failure = try await failure(status: status, body: error(code, "It is so &amp; so."))
    #expect(failure?.errorCode == code)
    #expect(failure?.message == "It is so & so.")
    #expect(failure?.awsRequestId == "r-2")
    #expect(failure?.httpStatus == status)
    #expect(failure?.failureClass == failureClass)
    #expect(failure?.description.contains("\(code): It is so & so. (request r-2)") == true)
  }

  @Test func takesTheRequestIdOfTheHeaderWhereTheBodyHasNone() async throws {
    let failure = try await failure(
      status: 503, headers: ["x-amzn-requestid: r-9", "x-amz-retry-after: 1500"], body: "<html/>")
    #expect(failure?.awsRequestId == "r-9")
    #expect(failure?.retryAfterMilliseconds == 1500)
    #expect(failure?.failureClass == .transient)
  }

  @Test func noAnswerCanForgeALogLine() async throws {
    let failure = try await failure(
      status: 400, body: error("Bad&#10;Code", "two&#13;&#10;lines&#x2028;more"))
    #expect(failure?.errorCode == "BadCode")
    #expect(failure?.description.contains { $0.isNewline } == false)
  }

  @Test func theClaimsIdCannotForgeAHeader() async throws {
    try await peer.answer(networkInterfaceId, body: success("<return>true</return>"))
    _ = try await claim(claimId: "c-1\r\nX-Evil: 1")
    let seen = try #require(try await peer.events("request", networkInterfaceId).first)
    #expect(seen.headers?.contains(["User-Agent", "vipad/1.0 claim/c-1X-Evil:1"]) == true)
  }

  @Test func asksForExactlyThis() async throws {
    try await peer.answer(networkInterfaceId, body: success("<return>true</return>"))
    _ = try await client.assignPrivateIpAddresses(
      ["10.0.0.9", "10.0.0.10"], networkInterfaceId: networkInterfaceId, claimId: "c-7")
    let seen = try #require(try await peer.events("request", networkInterfaceId).first)
    #expect(
      seen.body
        == "Action=AssignPrivateIpAddresses&Version=2016-11-15&NetworkInterfaceId=\(networkInterfaceId)"
        + "&AllowReassignment=true&PrivateIpAddress.1=10.0.0.9&PrivateIpAddress.2=10.0.0.10")
    #expect(seen.headers?.contains(["User-Agent", "vipad/1.0 claim/c-7"]) == true)
  }

  @Test func learnsTheClockFromEveryAnswer() async throws {
    try await peer.answer(
      networkInterfaceId, status: 400, headers: ["Date: Mon, 23 Nov 2037 08:00:00 GMT"],
      body: error("RequestExpired", "old"))
    let failure = await #expect(throws: EC2Failure.self) { try await claim() }
    #expect(failure?.clockCorrected == true)
    #expect(client.clockSkew.seconds > 86400)
  }

  @Test func aConnectionThatBreaksIsToldApartFromOneThatWasNeverThere() async throws {
    let nowhere = try EC2Client.test("https://127.0.0.1:1", settings: peer.settings())
    let failure = await #expect(throws: EC2Failure.self) {
      try await nowhere.assignPrivateIpAddresses(["10.0.0.9"], networkInterfaceId: "eni-1", claimId: "c")
    }
    #expect(failure?.wasSent == false)
    #expect(failure?.failureClass == .transient)
    #expect(failure?.httpStatus == nil)
  }

  @Test func leavesOutTheBlobOnlyAWSCanRead() async throws {
    let failure = try await failure(
      status: 403,
      body: error("UnauthorizedOperation", "You may not. Encoded authorization failure message: abc123"))
    #expect(failure?.message == "You may not.")
    #expect(
      failure?.description.hasSuffix("allow ec2:AssignPrivateIpAddresses in the policy of this router's role")
        == true)
  }

  @Test func aPingReplacesADeadConnectionAtOnceAndAClaimIsSentOnce() async throws {
    let client = try EC2Client.test("https://127.0.0.1:\(peer.ports.quitter)", settings: peer.settings())
    #expect(try await client.keepWarm().newConnection)
    #expect(try await client.keepWarm().newConnection)
    let failure = await #expect(throws: EC2Failure.self) {
      try await client.assignPrivateIpAddresses(["10.0.0.9"], networkInterfaceId: "eni-1", claimId: "c")
    }
    #expect(failure?.wasSent == true)
    #expect(failure?.failureClass == .transient)
    let left = try await peer.events("left", "quitter", count: 3, seconds: 0.3)
    #expect(left.map(\.method) == ["GET", "POST"])
  }

  @Test func aPingKeepsTheClaimsConnectionOpen() async throws {
    #expect(try await client.keepWarm().newConnection)
    #expect(try await client.keepWarm().newConnection == false)
    try await peer.answer(networkInterfaceId, body: success("<return>true</return>"))
    #expect(try await claim().newConnection == false)
  }
}
