import FoundationEssentials
import SigV4
import Testing

@testable import func SigV4.signedAdditions

@Suite struct StringToSignTests {
  @Test(.enabled(if: SuiteCase.isPresent, "../shared/vectors/sigv4 is not there"), arguments: SuiteCase.names)
  func agreesWithTheSuite(_ name: String) throws {
    let suite = try SuiteCase(name)
    let additions = signedAdditions(suite.request, suite.credentials, suite.scope, suite.date)
    let canonical = canonicalRequest(suite.prepared(additions), scope: suite.scope)
    #expect(
      stringToSign(canonical, scope: suite.scope, at: suite.date) == (try suite.expected("string-to-sign")))
  }

  // AWS General Reference, "Task 2: Create a string to sign": the IAM ListUsers example.
  @Test func agreesWithThePublishedListUsersExample() {
    let scope = SigningScope(region: "us-east-1", service: "iam")
    let text = stringToSign(canonicalRequest(listUsers, scope: scope), scope: scope, at: listUsersDate)
    #expect(
      text == """
        AWS4-HMAC-SHA256
        20150830T123600Z
        20150830/us-east-1/iam/aws4_request
        f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59
        """)
  }

  @Test func cutsFractionsOfASecondOff() {
    #expect(SigningTime(listUsersDate.addingTimeInterval(0.999)).timestamp == "20150830T123600Z")
    #expect(SigningTime(listUsersDate.addingTimeInterval(-0.001)).timestamp == "20150830T123559Z")
    #expect(SigningTime(Date(timeIntervalSince1970: 1_709_251_199)).timestamp == "20240229T235959Z")
    #expect(SigningTime(Date(timeIntervalSince1970: 1_709_251_200)).day == "20240301")
  }
}

let listUsersDate = Date(timeIntervalSince1970: 1_440_938_160)  // 2015-08-30T12:36:00Z
