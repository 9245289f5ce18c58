import AWS
import Failover
import FoundationEssentials
import Glibc
import SystemPackage
import Testing

@testable import vipad

/// What is found of a webhook without a word to it, and how its deliveries are remembered.
struct WebhookSurveyTests {
  private static let secret = String(repeating: "s", count: 32) + "\n"
  private static let authority = "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n"

  private func survey(
    secret: FilePath, url: String = "https://127.0.0.1/path", caBundle: FilePath? = nil,
    proxy: ProxySettings = .none
  ) async throws -> Finding {
    let options = NotifyOptions(
      webhook: WebhookURL(url), secretFile: secret.string, caBundle: caBundle?.string)
    return try #require(await WebhookSurvey(options: options, proxy: proxy).finding())
  }

  @Test func withoutAWebhookThereIsNothingToLookAt() async {
    #expect(await WebhookSurvey(options: NotifyOptions(), proxy: .none).finding() == nil)
  }

  @Test(arguments: [
    "https://127.0.0.1/path", "http://localhost:9/path", "https://[::1]:8443/path?key",
  ]) func whatCanBeToldIsOk(url: String) async throws {
    let directory = try Directory()
    let finding = try await survey(
      secret: directory.write(Self.secret, mode: 0o640), url: url,
      caBundle: directory.write(Self.authority, mode: 0o644))
    #expect(finding.state == .ok)
    #expect(!finding.detail.contains("path") && !finding.detail.contains("key"))
  }

  @Test(
    arguments: [
      (secret, 0o644, "chmod o-r"), (secret, 0o660, "chmod go-w"), ("short\n", 0o640, "32 or more"),
      ("two\nlines" + secret, 0o640, "not one line"),
    ] as [(String, mode_t, String)])
  func aSecretThatIsNotAsItMustIsToldWithWhatToDo(text: String, mode: mode_t, said: String) async throws {
    let directory = try Directory()
    let finding = try await survey(secret: directory.write(text, mode: mode))
    #expect(finding.state == .failed)
    #expect(finding.detail.contains(said) && !finding.detail.contains("sss"), "\(finding.detail)")
  }

  @Test func filesThatAreMissingAreTold() async throws {
    let directory = try Directory()
    let missing = directory.path.appending("none")
    let noSecret = try await survey(secret: missing)
    #expect(noSecret.state == .failed && noSecret.detail.contains("\(missing): does not exist"))
    let secret = try directory.write(Self.secret, mode: 0o640)
    let noBundle = try await survey(secret: secret, caBundle: missing)
    #expect(noBundle.state == .failed && noBundle.detail.contains("\(missing): can't be read: No such file"))
    let directoryAsBundle = try await survey(secret: secret, caBundle: directory.path)
    #expect(directoryAsBundle.state == .failed && directoryAsBundle.detail.contains("Is a directory"))
    let noPEM = try await survey(secret: secret, caBundle: directory.write("none", mode: 0o644))
    #expect(noPEM.state == .failed && noPEM.detail.contains("has no certificate"))
  }

  /// RFC 6761: no resolver has an address for .invalid.
  @Test func aHostWithoutAnAddressIsToldUnlessAProxyLooksForIt() async throws {
    let directory = try Directory()
    let secret = try directory.write(Self.secret, mode: 0o640)
    let url = "https://hooks.invalid/path"
    let finding = try await survey(secret: secret, url: url)
    #expect(finding.state == .failed && finding.detail.contains("hooks.invalid has no address"))
    let proxy = ProxySettings(https: "http://127.0.0.1:1", exceptions: [])
    #expect(try await survey(secret: secret, url: url, proxy: proxy).state == .ok)
  }

  // MARK: Deliveries

  private static func history(_ outcomes: [NotifyDocument.Outcome]) -> DeliveryHistory {
    var history = DeliveryHistory()
    for (number, outcome) in outcomes.enumerated() {
      let reason = outcome == .delivered ? nil : "reason \(number)"
      history.note(.failover, id: "\(number)", outcome, reason, at: "\(number)")
    }
    return history
  }

  @Test(
    arguments: [
      ([], nil), ([.delivered], nil), ([.failing], "0"), ([.delivered, .failing, .failing], "1"),
      ([.failing, .givenUp, .failing], "0"), ([.givenUp, .delivered], nil), ([.failing, .dropped], "0"),
      ([.delivered, .failing, .delivered, .givenUp], "3"),
    ] as [([NotifyDocument.Outcome], String?)])
  func failsSinceTheFirstAttemptAfterWhichNoneWentWell(outcomes: [NotifyDocument.Outcome], since: String?) {
    #expect(Self.history(outcomes).failing?.since == since)
  }

  @Test func whyItFailsIsWhatTheLastAttemptSaid() {
    let failing = Self.history([.failing, .failing, .dropped]).failing
    #expect(failing == NotifyDocument.Failing(since: "0", reason: "reason 1"))
  }

  @Test func whatNeverArrivedIsCountedWithTheLastReason() {
    #expect(Self.history([.failing, .delivered]).lost == nil)
    let lost = Self.history([.givenUp, .dropped, .failing, .delivered]).lost
    #expect(lost == NotifyDocument.Lost(count: 2, reason: "reason 1", at: "1"))
  }

  @Test func aFindingOfTheSurveyComesBeforeWhatFollowsFromIt() {
    var document = NotifyDocument(receiver: "https://hooks", pending: 1)
    let good = Finding.ok(.notify, "fine")
    let bad = Finding.failed(.notify, "no secret", nil)
    #expect(Finding.notify(bad, nil) == nil, "no webhook")
    #expect(Finding.notify(nil, document) == nil, "not looked at yet")
    #expect(Finding.notify(good, document) == good)
    document.failing = NotifyDocument.Failing(since: "T", reason: "it answered 500")
    #expect(Finding.notify(bad, document) == bad)
    let failing = Finding.notify(good, document)
    #expect(failing?.state == .failed)
    #expect(failing?.detail == "nothing was delivered to https://hooks since T: it answered 500")
  }
}

/// A directory that lasts as long as a test.
private final class Directory {
  let path: FilePath

  init() throws {
    path = FilePath("/tmp/vipad-test-\(UInt64.random(in: .min ... .max))")
    try FileManager.default.createDirectory(
      atPath: path.string, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
  }

  deinit { try? FileManager.default.removeItem(atPath: path.string) }

  func write(_ text: String, mode: mode_t) throws -> FilePath {
    try vipadTests.write(text, to: path.appending("file-\(mode)-\(text.utf8.count)"), mode: mode)
  }
}
