import Audit
import FoundationEssentials
import Glibc

/// What is posted: openapi.json has it among its webhooks.
struct NotificationDocument: JSONDocument {
  /// Where a claim's outcome stands in the audit log.
  struct Position: JSONDocument {
    var chainId: String
    var seq: UInt64
    var hash: String
  }

  struct ReadinessDocument: JSONDocument {
    var ready: Bool
    /// Since when, which is some time before it is told.
    var since: String
    /// Those that are not ok.
    var checks: [StatusDocument.Check]
  }

  var eventVersion = 1
  /// The same in each attempt, so that a receiver can tell a repetition.
  var id: String
  var event: News.Event
  var time: String
  /// This router's host name.
  var router: String
  @OrNull var instanceId: String?
  @OrNull var group: String?
  /// All of it in one line, for receivers that show nothing else.
  var text: String
  /// The group's verdict; null where a claim or readiness is told of.
  @OrNull var verdict: String?
  @OrNull var claim: PastClaim?
  /// Null also where the log has not taken the record.
  @OrNull var audit: Position?
  @OrNull var readiness: ReadinessDocument?
  /// vipad's.
  var version: String

  private static let longestText = 1000

  /// Puts news into words.
  init(_ news: News, id: String) {
    (self.id, event, time) = (id, news.event, news.time.rfc3339AsLogged)
    (router, instanceId, group) = (Self.hostName, news.instanceId, news.group)
    (text, version) = ("", Vipad.version)
    let words: String
    switch news.facts {
    case .failover(let kept, let ticket):
      let claim = kept.document
      self.claim = claim
      audit = ticket.position.map { Position(chainId: $0.chainId, seq: $0.seq, hash: $0.hash) }
      words = Self.words(claim)
    case .contention(let verdict, let began):
      self.verdict = verdict
      words =
        began
        ? "another router keeps taking the VIPs of group \(group ?? ""); two are MASTER, look at VRRP on both"
        : "the fight for the VIPs of group \(group ?? "") has ended: \(verdict)"
    case .readiness(let readiness, let since):
      let checks = readiness.checks.filter { !$0.ok }
      self.readiness = ReadinessDocument(ready: readiness.ready, since: since.rfc3339, checks: checks)
      words = Self.words(readiness.ready, checks)
    }
    let name = instanceId.map { "\(router) (\($0))" } ?? router
    text = String(oneLine("vipad on \(name): \(words)").prefix(Self.longestText))
  }

  private static func words(_ claim: PastClaim) -> String {
    let took = claim.acceptedMilliseconds.map { ", accepted after \($0) ms" } ?? ""
    let here = claim.networkInterfaceId ?? "this router"
    let from = claim.previousNetworkInterfaceId.map { " from \($0)" } ?? ""
    return
      "failover of group \(claim.group), \(claim.vips.joined(separator: ", ")) moved\(from) to \(here)\(took) "
      + "(cause \(claim.cause), claim \(claim.claimId))"
  }

  private static func words(_ isReady: Bool, _ checks: [StatusDocument.Check]) -> String {
    guard !isReady else { return "ready for a failover again" }
    let blocking = checks.filter(\.blocking)
    let failed = blocking.filter { $0.state != "unknown" }
    let causes = (failed.isEmpty ? blocking : failed).prefix(3).map { "\($0.name): \($0.detail)" }
    return "NOT ready for a failover: \(causes.joined(separator: "; "))"
  }

  private static var hostName: String {
    var name = [CChar](repeating: 0, count: 256)
    guard unsafe gethostname(&name, name.count - 1) == 0 else { return "a router" }
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
