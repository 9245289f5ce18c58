import FoundationEssentials
import SigV4
import Testing

@testable import EC2Simulator

struct SignatureTests {
  @Test(arguments: [
    (-299.0, nil), (299.0, nil), (-301.0, "RequestExpired"), (301.0, "RequestExpired"),
    (-3600.0, "RequestExpired"),
  ])
  func keepsTheFiveMinuteWindow(offset: Double, code: String?) throws {
    var scenario = try Scenario()
    let answer = scenario.call("DescribeInstances", signedAt: scenario.now.wall.addingTimeInterval(offset))
    #expect(answer.errorCode == code)
  }

  @Test func refusesWhatNobodySigned() throws {
    var scenario = try Scenario()
    let body = Array("Action=DescribeInstances&Version=2016-11-15".utf8)
    let answer = scenario.send(SignableRequest(method: "POST", headers: [("Host", "h")], body: body))
    #expect(answer.errorCode == "MissingAuthenticationToken")
  }

  @Test(arguments: [Topology.AuthenticationErrors.ec2, .distinct])
  func refusesAnUnknownKey(errors: Topology.AuthenticationErrors) throws {
    var scenario = try Scenario { $0.authenticationErrors = errors }
    scenario.credentials = Credentials(accessKeyId: "AKIAUNKNOWN", secretAccessKey: "x")
    let answer = scenario.call("DescribeInstances")
    #expect(answer.errorCode == (errors == .ec2 ? "AuthFailure" : "InvalidClientTokenId"))
    #expect(answer.httpStatus == (errors == .ec2 ? 401 : 403))
  }

  @Test func refusesAWrongSecret() throws {
    var scenario = try Scenario()
    scenario.credentials = Credentials(
      accessKeyId: Scenario.operatorKey.accessKeyId, secretAccessKey: "wrong")
    #expect(scenario.call("DescribeInstances").errorCode == "SignatureDoesNotMatch")
  }

  @Test func refusesAnotherRegionsScope() throws {
    var scenario = try Scenario()
    #expect(scenario.call("DescribeInstances", region: "us-east-1").errorCode == "SignatureDoesNotMatch")
  }

  @Test func refusesABodyChangedAfterSigning() throws {
    var scenario = try Scenario()
    var request = SignableRequest(method: "POST", headers: [("Host", "h")], body: Array("Action=A".utf8))
    let scope = SigningScope(region: "eu-central-1", service: "ec2")
    request.headers += sign(request, with: Scenario.operatorKey, scope: scope, at: scenario.now.wall)
    request.body = Array("Action=DescribeInstances&Version=2016-11-15".utf8)
    #expect(scenario.send(request).errorCode == "SignatureDoesNotMatch")
  }

  @Test func refusesAHostThatIsNotSigned() throws {
    var scenario = try Scenario()
    var request = SignableRequest(method: "POST", headers: [], body: Array("Action=A".utf8))
    let scope = SigningScope(region: "eu-central-1", service: "ec2")
    request.headers += sign(request, with: Scenario.operatorKey, scope: scope, at: scenario.now.wall)
    #expect(scenario.send(request).errorCode == "SignatureDoesNotMatch")
  }

  @Test(arguments: ["AWS4-HMAC-SHA256", "Basic YTpi", "AWS4-HMAC-SHA256 Credential=a/b", "", "=,=,=/"])
  func refusesAHeaderThatIsNone(text: String) throws {
    var scenario = try Scenario()
    let request = SignableRequest(method: "POST", headers: [("Authorization", text)])
    #expect(scenario.send(request).errorCode == "IncompleteSignature")
  }

  @Test func refusesWhatThePolicyDoesNotAllow() throws {
    var scenario = try Scenario()
    scenario.credentials = Scenario.olderPolicyKey
    let refused = scenario.call("DescribeNetworkInterfaces")
    #expect(refused.errorCode == "UnauthorizedOperation")
    #expect(refused.httpStatus == 403)
    #expect(scenario.call("DescribeInstances").httpStatus == 200)
    #expect(scenario.assign(["100.80.33.100"], to: Scenario.interfaceB).httpStatus == 200)
  }
}

struct TokenBucketTests {
  @Test func throttlesAfterTheBurstAndRefillsByTheSecond() throws {
    var scenario = try Scenario()
    let answers = (0..<60).map { _ in scenario.assign(["100.80.33.100"], to: Scenario.interfaceB).errorCode }
    #expect(answers.prefix(50).allSatisfy { $0 == nil })
    #expect(answers.dropFirst(50).allSatisfy { $0 == "RequestLimitExceeded" })
    #expect(scenario.call("DescribeInstances").httpStatus == 200)
    scenario.passMilliseconds(1_000)
    let later = (0..<6).map { _ in scenario.assign(["100.80.33.100"], to: Scenario.interfaceB).httpStatus }
    #expect(later == [200, 200, 200, 200, 200, 503])
  }

  @Test func sharesTheBucketBetweenAnAccountsKeys() throws {
    var scenario = try Scenario {
      $0.throttling = .init(mutating: .init(burst: 1, perSecond: 0), reading: .init(burst: 1, perSecond: 0))
    }
    #expect(scenario.call("DescribeInstances").httpStatus == 200)
    scenario.credentials = Scenario.olderPolicyKey
    #expect(scenario.call("DescribeInstances").errorCode == "RequestLimitExceeded")
  }
}
