import Audit
import HTTPServer

/// The calls that only look.
extension Routes {
  /// A kept answer, or 304 where the caller has it already.
  func kept(_ kept: Snapshots.Kept, _ request: HTTPRequest) throws(Problem) -> HTTPResponse {
    _ = try Query(request, allowing: [])
    guard let known = request.header("If-None-Match") else { return kept.response }
    return Self.names(known, etag: kept.etag) ? kept.notModified : kept.response
  }

  func health(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
    _ = try Query(request, allowing: [])
    return Self.healthy
  }

  func page(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
    _ = try Query(request, allowing: [])
    let known = request.header("If-None-Match")
    return statusPage.response { etag in known.map { Self.names($0, etag: etag) } ?? false }
  }

  /// Every browser asks for one beside the page; there is none, and that is no error.
  func icon(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
    _ = try Query(request, allowing: [])
    return Self.noIcon
  }

  /// `GET /claims`: the claims that ended, newest first.
  func claims(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
    let query = try Query(request, allowing: ["before", "limit"])
    let limit = try query.integer("limit", in: 1...UInt64(ClaimHistory.kept), byDefault: 50)
    let lease = try longAnswers.lease(atMostBytes: Int(limit) * Self.mostBytesOfAClaim)
    guard let page = history.page(before: query.text("before"), limit: Int(limit)) else {
      throw Problem(
        status: 404, detail: "no claim of the last \(ClaimHistory.kept) that ended has this id",
        remedy: "begin without before: the newest come first")
    }
    return try Self.json(page, status: 200, lease: lease)
  }

  func metrics(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
    _ = try Query(request, allowing: [])
    return metricsPage.response(to: request.header("Accept"))
  }

  /// 503 with the same picture while a failover to this router would not work.
  func readiness(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
    _ = try Query(request, allowing: [])
    // Behind all that a claim needs of the daemon's thread: who only looks must not be in its way.
    let document = daemon.answer(priority: .utility) { await $0.readyDocument() }
    return try Self.json(
      document, status: document.ready ? 200 : 503, headers: [(name: "Cache-Control", value: "no-store")])
  }

  func description(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
    _ = try Query(request, allowing: [])
    return Self.openAPI
  }

  func audit(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
    let query = try Query(request, allowing: ["after", "limit"])
    let after = try query.integer("after", in: 0...UInt64(Int64.max), byDefault: 0)
    let limit = try query.integer("limit", in: 1...1_000, byDefault: 100)
    let lease = try longAnswers.lease(atMostBytes: Int(limit) * Self.mostBytesOfARecord)
    do throws(AuditError) {
      let lines = try log.lines(after: after, limit: Int(limit))
      lease.shrink(toBytes: lines.count)
      return HTTPResponse(
        status: 200, headers: [(name: "Content-Type", value: "application/jsonl")], body: lines, lease: lease)
    } catch {
      throw Problem(status: 503, detail: error.description)
    }
  }

  private static let mostBytesOfAClaim = 2_048
  /// docs/audit-log.md: a record is at most 4 KiB.
  private static let mostBytesOfARecord = 4_096

  private static let healthy = HTTPResponse(
    status: 200, headers: [(name: "Content-Type", value: "application/json")],
    body: Array("{\"ok\":true}\n".utf8))

  private static let noIcon = HTTPResponse(
    status: 204, headers: [(name: "Cache-Control", value: "max-age=86400")])

  private static let openAPI = HTTPResponse(
    status: 200, headers: [(name: "Content-Type", value: "application/json")],
    body: PackageResources.openapi_json)

  /// RFC 9110 section 13.1.2: a list of tags or `*`; the weak comparison.
  private static func names(_ ifNoneMatch: String, etag: String) -> Bool {
    // What a poller sends.
    ifNoneMatch == etag
      || ifNoneMatch.split(separator: ",").contains { item in
        let tag = item.drop { $0 == " " }.prefix { $0 != " " }
        return tag == "*" || tag == etag || tag == "W/\(etag)"
      }
  }
}
