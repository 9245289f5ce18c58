import FoundationEssentials
import SigV4
import Testing

@testable import func SigV4.signedAdditions

@Suite struct CanonicalRequestTests {
  // Skipped where the vectors are not beside the repository; the cases below are always run.
  @Test(.enabled(if: SuiteCase.isPresent, "../shared/vectors/sigv4 is not there"), arguments: SuiteCase.names)
  func agreesWithTheSuite(_ name: String) throws {
    let suite = try SuiteCase(name)
    let additions = signedAdditions(suite.request, suite.credentials, suite.scope, suite.date)
    let canonical = canonicalRequest(suite.prepared(additions), scope: suite.scope)
    #expect(canonical.text == (try suite.expected("canonical-request")))
  }

  @Test(.enabled(if: SuiteCase.isPresent, "../shared/vectors/sigv4 is not there"))
  func theSuiteHas38Cases() {
    #expect(SuiteCase.names.count == 38)
  }

  // AWS General Reference, "Task 1: Create a canonical request": the IAM ListUsers example.
  @Test func agreesWithThePublishedListUsersExample() {
    let canonical = canonicalRequest(listUsers, scope: SigningScope(region: "us-east-1", service: "iam"))
    #expect(
      canonical.text == """
        GET
        /
        Action=ListUsers&Version=2010-05-08
        content-type:application/x-www-form-urlencoded; charset=utf-8
        host:iam.amazonaws.com
        x-amz-date:20150830T123600Z

        content-type;host;x-amz-date
        e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
        """)
  }

  @Test func signsOnlyTheNamedHeadersWhenVerifying() {
    var request = listUsers
    request.headers.append(("Accept", "*/*"))
    let canonical = canonicalRequest(
      request, scope: SigningScope(region: "us-east-1", service: "iam"),
      signing: ["content-type", "host", "x-amz-date"])
    #expect(canonical.signedHeaders == "content-type;host;x-amz-date")
    #expect(!canonical.text.contains("accept"))
  }

  @Test func leavesOutHeadersThatProxiesRewrite() {
    var request = listUsers
    request.headers += [("User-Agent", "vipad/1"), ("Expect", "100-continue"), ("Connection", "close")]
    let canonical = canonicalRequest(request, scope: SigningScope(region: "us-east-1", service: "iam"))
    #expect(canonical.signedHeaders == "content-type;host;x-amz-date")
  }

  @Test(arguments: [
    ("", ""), ("b=2&a=1", "a=1&b=2"), ("a=2&a=1", "a=1&a=2"), ("a", "a="), ("a=b=c", "a=b%3Dc"),
    ("a=%2f%zz", "a=%2F%25zz"), ("a=1+2", "a=1%2B2"), ("&&a=1&", "a=1"), ("=x", "=x"),
    ("ab=1&a%21=2", "a%21=2&ab=1"), ("a=%", "a=%25"),
  ])
  func sortsAndEncodesTheQuery(_ query: String, _ canonical: String) {
    let request = SignableRequest(method: "GET", query: query, headers: [])
    let text = canonicalRequest(request, scope: SigningScope(region: "r", service: "s")).text
    #expect(text.split(separator: "\n", omittingEmptySubsequences: false)[2] == canonical)
  }
}

let listUsers = SignableRequest(
  method: "GET", query: "Action=ListUsers&Version=2010-05-08",
  headers: [
    ("Host", "iam.amazonaws.com"),
    ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"),
    ("X-Amz-Date", "20150830T123600Z"),
  ])
