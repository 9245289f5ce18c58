import Digest
import HTTPServer
import Synchronization

/// The page at `/`: a snapshot as HTML that follows every change where the browser runs its script.
///
/// Made anew only when what it shows has changed. Script and style stand in the page and are let through its
/// Content-Security-Policy by their hashes; everything that comes from elsewhere is escaped.
final class StatusPage: Sendable {
  private struct Made {
    var etag: String
    var response, notModified: HTTPResponse
    var pictureVersion, historyVersion: UInt64
  }

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
    // Title, name and main part come in between.
    template = ["{{title}}", "{{name}}", "{{main}}"].reduce([page]) { parts, mark in
      parts.dropLast() + (parts.last.map { Self.cut($0, at: mark) } ?? [])
    }
  }

  /// The page, or 304 where the caller has it already.
  func response(ifNoneMatch: (_ etag: String) -> Bool) -> HTTPResponse {
    let made = current()
    return ifNoneMatch(made.etag) ? made.notModified : made.response
  }

  private func current() -> Made {
    made.withLock { made in
      // Read before what they stand for: a change in between only makes for another writing.
      let (pictureVersion, historyVersion) = (snapshots.version, history.version)
      if let made, made.pictureVersion == pictureVersion, made.historyVersion == historyVersion {
        return made
      }
      let fresh = make(pictureVersion, historyVersion)
      made = fresh
      return fresh
    }
  }

  private func make(_ pictureVersion: UInt64, _ historyVersion: UInt64) -> Made {
    let picture = snapshots.picture
    let content = PageContent(
      status: picture.status, whoami: picture.whoami,
      failovers: history.page(before: nil, limit: PageContent.shownFailovers)?.claims ?? [])
    let fillings = [html(content.title), html(content.name), content.main]
    let body = Array(zip(template, fillings + [""]).map { $0 + $1 }.joined().utf8)
    let etag = "\"\(hexadecimal(Array(sha256(body).prefix(16))))\""
    let headers = [(name: "ETag", value: etag), (name: "Cache-Control", value: "no-cache")]
    return Made(
      etag: etag, response: .page(body, styles: [style], scripts: [script], headers: headers),
      notModified: HTTPResponse(status: 304, headers: headers), pictureVersion: pictureVersion,
      historyVersion: historyVersion)
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
