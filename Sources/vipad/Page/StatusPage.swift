import Digest
import FoundationEssentials
import HTTPServer
import Synchronization

/// The page at `/`: a snapshot as HTML that follows every change where the browser runs its script.
///
/// Its content is made anew only when it has changed; the time of the snapshot, which who reads it without a script
/// needs, at most once a second. So its ETag is a weak one: it stands for the content. Script and style stand in the
/// page and are let through its Content-Security-Policy by their hashes; everything that comes from elsewhere is
/// escaped.
final class StatusPage: Sendable {
  private struct Made {
    var etag: String
    var fillings: Fillings
    var response, notModified: HTTPResponse
    var pictureVersion, historyVersion: UInt64
    var at: ContinuousClock.Instant
  }

  /// What goes into the template, escaped.
  private struct Fillings {
    var title, name, main: String
  }

  private static let longestAge = Duration.seconds(1)

  private let snapshots: Snapshots
  private let history: ClaimHistory
  private let template: [String]
  private let style, script: String
  private let made = Mutex<Made?>(nil)

  /// Takes the page that is compiled in apart.
  init(snapshots: Snapshots, history: ClaimHistory) {
    self.snapshots = snapshots
    self.history = history
    let page = String(decoding: PackageResources.page_html, as: UTF8.self)
    style = Self.inside("style", of: page)
    script = Self.inside("script", of: page)
    // Title, name, the snapshot's time and the main part come in between.
    template = ["{{title}}", "{{name}}", "{{time}}", "{{main}}"].reduce([page]) { parts, mark in
      parts.dropLast() + (parts.last.map { Self.cut($0, at: mark) } ?? [])
    }
  }

  /// The page, or 304 where the caller has it already.
  func response(ifNoneMatch: (_ etag: String) -> Bool) -> HTTPResponse {
    made.withLock { kept in
      // Read before what they stand for: a change in between only makes for another writing.
      let (pictureVersion, historyVersion) = (snapshots.version, history.version)
      var made = kept ?? make(pictureVersion, historyVersion)
      if made.pictureVersion != pictureVersion || made.historyVersion != historyVersion {
        made = make(pictureVersion, historyVersion)
      }
      defer { kept = made }
      if ifNoneMatch(made.etag) { return made.notModified }
      if made.at.duration(to: .now) > Self.longestAge {
        (made.response, made.at) = (response(made.fillings, etag: made.etag), .now)
      }
      return made.response
    }
  }

  private func make(_ pictureVersion: UInt64, _ historyVersion: UInt64) -> Made {
    let picture = snapshots.picture
    let content = PageContent(
      status: picture.status, whoami: picture.whoami,
      failovers: history.page(before: nil, limit: PageContent.shownFailovers)?.claims ?? [])
    let fillings = Fillings(title: html(content.title), name: html(content.name), main: content.main)
    let bytes = Array([fillings.title, fillings.name, fillings.main].joined(separator: "\0").utf8)
    let etag = "W/\"\(hexadecimal(Array(sha256(bytes).prefix(16))))\""
    return Made(
      etag: etag, fillings: fillings, response: response(fillings, etag: etag),
      notModified: HTTPResponse(status: 304, headers: Self.headers(etag)), pictureVersion: pictureVersion,
      historyVersion: historyVersion, at: .now)
  }

  private func response(_ fillings: Fillings, etag: String) -> HTTPResponse {
    let all = [fillings.title, fillings.name, htmlTime(Date.now.rfc3339), fillings.main, ""]
    let body = Array(zip(template, all).map { $0 + $1 }.joined().utf8)
    return .page(body, styles: [style], scripts: [script], headers: Self.headers(etag))
  }

  private static func headers(_ etag: String) -> [(name: String, value: String)] {
    [(name: "ETag", value: etag), (name: "Cache-Control", value: "no-cache")]
  }

  private static func inside(_ tag: String, of page: String) -> String {
    let behind = cut(page, at: "<\(tag)>").last ?? ""
    return cut(behind, at: "</\(tag)>").first ?? ""
  }

  /// The text before and behind the first place where `mark` stands.
  private static func cut(_ text: String, at mark: String) -> [String] {
    guard let place = text.firstRange(of: mark) else { return [text, ""] }
    return [String(text[..<place.lowerBound]), String(text[place.upperBound...])]
  }
}
