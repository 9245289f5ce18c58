import FoundationEssentials
import SigV4
import Testing

@Suite struct SignatureTests {
  @Test(.enabled(if: SuiteCase.isPresent, "../shared/vectors/sigv4 is not there"), arguments: SuiteCase.names)
  func agreesWithTheSuite(_ name: String) throws {
    let suite = try SuiteCase(name)
    let added = sign(suite.request, with: suite.credentials, scope: suite.scope, at: suite.date)
    let authorization = try #require(added.last)
    #expect(authorization.name == "Authorization")
    #expect(authorization.value.hasSuffix("Signature=" + (try suite.expected("signature"))))
  }

  // AWS General Reference, "Task 3: Calculate the signature" and "Task 4: Add the signature".
  @Test func agreesWithThePublishedListUsersExample() {
    let added = sign(
      listUsers, with: exampleCredentials, scope: SigningScope(region: "us-east-1", service: "iam"),
      at: listUsersDate)
    #expect(added.map(\.name) == ["X-Amz-Date", "Authorization"])
    #expect(
      added[1].value
        == "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
        + "SignedHeaders=content-type;host;x-amz-date, "
        + "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7")
  }

  // AWS General Reference, "Task 3": the signing key of the same example.
  @Test func derivesThePublishedSigningKey() {
    let key = signingKey(
      secretAccessKey: exampleCredentials.secretAccessKey,
      scope: SigningScope(region: "us-east-1", service: "iam"), at: listUsersDate)
    #expect(
      key.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        == "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9")
  }

  // AWS Signature Version 4 test suite, get-vanilla.
  @Test func agreesWithThePublishedVanillaRequest() {
    let request = SignableRequest(method: "GET", headers: [("Host", "example.amazonaws.com")])
    let added = sign(
      request, with: exampleCredentials, scope: SigningScope(region: "us-east-1", service: "service"),
      at: listUsersDate)
    #expect(
      added[1].value.hasSuffix("5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"))
  }

  @Test func replacesHeadersOfAnEarlierSignature() {
    let scope = SigningScope(region: "us-east-1", service: "ec2")
    let request = SignableRequest(method: "POST", headers: [("Host", "ec2.us-east-1.amazonaws.com")])
    let first = sign(request, with: exampleCredentials, scope: scope, at: listUsersDate)
    var again = request
    again.headers += [
      ("x-amz-date", "20140101T000000Z"), ("X-Amz-Security-Token", "of other credentials"),
      ("Authorization", "old"),
    ]
    let second = sign(again, with: exampleCredentials, scope: scope, at: listUsersDate)
    #expect(first.map(\.value) == second.map(\.value))
  }

  @Test func sendsAnOmittedSessionTokenUnsigned() {
    let scope = SigningScope(region: "us-east-1", service: "ec2", omitSessionToken: true)
    let request = SignableRequest(method: "POST", headers: [("Host", "ec2.us-east-1.amazonaws.com")])
    let temporary = Credentials(accessKeyId: "A", secretAccessKey: "S", sessionToken: "T")
    let added = sign(request, with: temporary, scope: scope, at: listUsersDate)
    #expect(added.map(\.name) == ["X-Amz-Date", "X-Amz-Security-Token", "Authorization"])
    #expect(added[2].value.contains("SignedHeaders=host;x-amz-date,"))
  }
}

let exampleCredentials = Credentials(
  accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
