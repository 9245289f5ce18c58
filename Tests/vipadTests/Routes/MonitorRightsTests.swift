import Glibc
import HTTPServer
import SystemPackage
import Testing

@testable import vipad

/// Who may look from afar, as a table.
struct MonitorRightsTests {
  private static let token = "0123456789abcdef0123456789abcdef"

  private func access(takesCertificate: Bool, hasToken: Bool) throws -> Access {
    try withDirectory { directory in
      let file = try write(Self.token + "\n", to: directory.appending("token"), mode: 0o640)
      return Access(
        .monitor(
          MonitorRights(
            hosts: ["10.0.1.11", "router-a"].map { Array($0.utf8) }, port: 8601,
            takesCertificate: takesCertificate, token: hasToken ? try ReadToken(path: file.string) : nil)))
    }
  }

  struct Visit: Sendable, CustomTestStringConvertible {
    var takesCertificate = true
    var hasToken = true
    var host = "10.0.1.11:8601"
    var certificate = ClientCertificate.missing
    var authorization: String?
    let status: Int?
    var testDescription: String {
      "\(takesCertificate) \(hasToken) \(host) \(certificate) \(authorization ?? "-") \(status ?? 200)"
    }
  }

  static let right = "Bearer \(token)"
  static let expired = ClientCertificate.refused(reason: "it has expired")

  static let visits = [
    Visit(certificate: .trusted, status: nil),
    Visit(authorization: right, status: nil),
    Visit(certificate: expired, authorization: right, status: nil),
    Visit(status: 401),
    Visit(certificate: expired, status: 401),
    Visit(authorization: "Bearer 0123456789abcdef0123456789abcdeF", status: 403),
    Visit(authorization: "Bearer x", status: 403),
    Visit(authorization: "Basic \(token)", status: 401),
    Visit(hasToken: false, certificate: .trusted, status: nil),
    Visit(hasToken: false, status: 403),
    Visit(hasToken: false, certificate: .notAsked, status: 403),
    Visit(hasToken: false, certificate: expired, status: 403),
    Visit(hasToken: false, authorization: right, status: 403),
    Visit(takesCertificate: false, status: 401),
    Visit(takesCertificate: false, certificate: .trusted, status: 401),
    Visit(takesCertificate: false, authorization: right, status: nil),
    Visit(takesCertificate: false, hasToken: false, status: nil),
    Visit(host: "router-a", certificate: .trusted, status: nil),
    Visit(host: "router-a:8601", certificate: .trusted, status: nil),
    Visit(host: "router-a:8600", certificate: .trusted, status: 421),
    Visit(host: "router-b", certificate: .trusted, status: 421),
    Visit(host: "localhost", certificate: .trusted, status: 421),
    Visit(takesCertificate: false, hasToken: false, host: "router-b", status: 421),
  ]

  @Test(arguments: visits) func aCertificateOrTheTokenLetsAMonitorLook(_ visit: Visit) throws {
    let access = try access(takesCertificate: visit.takesCertificate, hasToken: visit.hasToken)
    let fields =
      [(name: "Host", value: visit.host)]
      + (visit.authorization.map { [(name: "Authorization", value: $0)] } ?? [])
    let request = HTTPRequest(
      method: "GET", path: "/status", headers: fields, peer: .tcp(address: "10.0.1.99"),
      clientCertificate: visit.certificate)
    #expect(status { () throws(Problem) in try access.admit(request) } == visit.status)
    #expect(
      status { () throws(Problem) in try access.mayAct(request) } == 403, "nothing is changed from afar")
  }

  @Test func whyACertificateDoesNotCountIsSaid() throws {
    let access = try access(takesCertificate: true, hasToken: true)
    let request = HTTPRequest(
      method: "GET", path: "/status", headers: [("Host", "router-a")], peer: .tcp(address: "10.0.1.99"),
      clientCertificate: Self.expired)
    let said = try #require(problem { () throws(Problem) in try access.admit(request) })
    #expect(said.detail.contains("it has expired"))
    #expect(said.remedy?.contains("clientCA") == true && said.remedy?.contains("tokenFile") == true)
  }

  @Test(arguments: [
    "/claim", "/standby", "/pause", "/resume", "/audit", "/openapi.json", "/claims/x", "/", "/status/",
  ])
  func nothingElseIsServed(path: String) throws {
    let access = try access(takesCertificate: true, hasToken: false)
    #expect(status { () throws(Problem) in try access.requireServed(path) } == 404)
  }

  @Test(arguments: ["/status", "/whoami", "/healthz", "/readyz", "/metrics"])
  func whatOnlyLooksIsServed(path: String) throws {
    let access = try access(takesCertificate: true, hasToken: false)
    #expect(status { () throws(Problem) in try access.requireServed(path) } == nil)
  }

  @Test(arguments: [
    ("", "is not one line"), ("short", "is not one line"), (token + "\n\n", "is not one line"),
    (token + " " + token, "is not one line"), ("\u{e4}" + token, "is not one line"),
  ])
  func aReadTokenThatIsNoneIsRefusedAndNotShown(content: String, reason: String) throws {
    try withDirectory { directory in
      let file = try write(content, to: directory.appending("token"), mode: 0o640)
      let error = #expect(throws: ConfigurationError.self) { try ReadToken(path: file.string) }
      let said = try #require(error?.description)
      #expect(said.contains(file.string) && said.contains(reason) && said.contains("openssl rand -hex 32"))
      #expect(!said.contains(Self.token))
    }
  }

  @Test func aReadTokenThatEveryoneCanReadIsRefused() throws {
    try withDirectory { directory in
      let file = try write(Self.token, to: directory.appending("token"), mode: 0o644)
      let error = #expect(throws: ConfigurationError.self) { try ReadToken(path: file.string) }
      #expect(error?.description == "\(file): can be read by everyone; fix: chmod o-r \(file)")
    }
  }
}
