import AWS
import Audit
import HTTPServer
import Synchronization

/// The answer to `GET /metrics`, from memory.
///
/// Written anew when something changed and otherwise once a second, for the figures that change by themselves
/// (processor time, memory): pollers, however many, cost one writing a second.
final class MetricsPage: Sendable {
  private struct Made: Sendable {
    var response: HTTPResponse
    var pictureVersion, tallyVersion: UInt64
    var at: ContinuousClock.Instant
  }

  /// The page in one format.
  private final class Page: Sendable {
    let format: Exposition.Format
    let made = Mutex(Made?.none)
    /// Held while the page is written.
    let writing = Mutex(())

    init(_ format: Exposition.Format) { self.format = format }
  }

  private static let longestAge = Duration.seconds(1)
  /// What is older is given to nobody, however many ask: it may be of hours ago, when somebody asked last.
  private static let oldest = Duration.seconds(2)
  private let snapshots: Snapshots
  private let tally: Tally
  private let credentials: CredentialProvider
  private let skew: ClockSkew
  private let log: AuditLog
  private let text = Page(.text)
  private let openMetrics = Page(.openMetrics)

  init(snapshots: Snapshots, tally: Tally, credentials: CredentialProvider, skew: ClockSkew, log: AuditLog) {
    self.snapshots = snapshots
    self.tally = tally
    self.credentials = credentials
    self.skew = skew
    self.log = log
  }

  /// The metrics in the format that an Accept header asks for.
  ///
  /// Who comes while they are being written gets those of before: a crowd that waits for one lock goes on waiting for
  /// it, each for the one before, long after what it waited for is done.
  func response(to accept: String?) -> HTTPResponse {
    let page = accept.map { Exposition.Format(accept: $0) } == .openMetrics ? openMetrics : text
    guard let kept = kept(page) else {
      return page.writing.withLock { _ in self.kept(page) ?? make(page) }.response
    }
    if isFresh(kept) { return kept.response }
    return (page.writing.withLockIfAvailable { _ in make(page) } ?? kept).response
  }

  /// What was written last, unless it is too old to be given to anybody.
  private func kept(_ page: Page) -> Made? {
    page.made.read { $0 }.flatMap { $0.at.duration(to: .now) < Self.oldest ? $0 : nil }
  }

  private func make(_ page: Page) -> Made {
    let format = page.format
    // Read before what they stand for: a change in between only makes for another writing.
    let (pictureVersion, tallyVersion) = (snapshots.version, tally.version)
    let response = HTTPResponse(
      status: 200,
      headers: [(name: "Content-Type", value: format.contentType), (name: "Vary", value: "Accept")],
      body: write(format))
    let new = Made(response: response, pictureVersion: pictureVersion, tallyVersion: tallyVersion, at: .now)
    page.made.withLock { $0 = new }
    return new
  }

  private func isFresh(_ made: Made) -> Bool {
    made.at.duration(to: .now) < Self.longestAge && made.pictureVersion == snapshots.version
      && made.tallyVersion == tally.version
  }

  private func write(_ format: Exposition.Format) -> [UInt8] {
    let picture = snapshots.picture
    var exposition = Exposition(format)
    exposition.writeStatus(picture.status)
    exposition.writePair(picture.status.pair)
    exposition.writeCounts(tally.counts, groups: picture.status.groups.map(\.group))
    exposition.writeNotifications(picture.status.notify, tally.counts)
    exposition.writeAWS(
      picture.status, expiration: credentials.held()?.expiration, skewSeconds: skew.seconds)
    exposition.writeAudit(log.health)
    if let figures = ProcessFigures() { exposition.write(figures) }
    return exposition.bytes()
  }
}

extension Exposition.Format {
  /// OpenMetrics where the header asks for it at least as much as for plain text (RFC 9110, section 12.5.1).
  init(accept: String?) {
    var openMetrics = 0.0
    var text = 0.0
    for item in (accept ?? "").split(separator: ",") {
      let parts = item.split(separator: ";").map { $0.filter { $0 != " " }.lowercased() }
      let quality = parts.compactMap { $0.hasPrefix("q=") ? Double($0.dropFirst(2)) : nil }.first ?? 1
      let version = parts.first { $0.hasPrefix("version=") }
      switch parts.first {
      case "application/openmetrics-text" where version == nil || version == "version=1.0.0":
        openMetrics = max(openMetrics, quality)
      case "text/plain", "text/*", "*/*": text = max(text, quality)
      default: break
      }
    }
    self = openMetrics > 0 && openMetrics >= text ? .openMetrics : .text
  }
}
