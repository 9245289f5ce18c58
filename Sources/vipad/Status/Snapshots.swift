import Digest
import HTTPServer
import Synchronization

/// The answers to `GET /status` and `GET /whoami`, made when something changed and not when somebody asks.
final class Snapshots: Sendable {
  /// A kept answer and the tag that stands for its bytes.
  struct Kept: Sendable {
    let etag: String
    let response: HTTPResponse
    /// What a poll gets that has these bytes already.
    let notModified: HTTPResponse

    init(_ document: some JSONDocument) throws {
      let body = try document.jsonBytes()
      etag = "\"\(hexadecimal(Array(sha256(body).prefix(16))))\""
      let headers = [(name: "ETag", value: etag), (name: "Cache-Control", value: "no-cache")]
      response = HTTPResponse(
        status: 200, headers: [(name: "Content-Type", value: "application/json")] + headers, body: body)
      notModified = HTTPResponse(status: 304, headers: headers)
    }
  }

  private let kept: Mutex<(status: Kept, whoami: Kept)>

  init(status: StatusDocument, whoami: WhoamiDocument) throws {
    kept = Mutex((try Kept(status), try Kept(whoami)))
  }

  var status: Kept { kept.withLock { $0.status } }

  var whoami: Kept { kept.withLock { $0.whoami } }

  func publish(_ status: StatusDocument) throws {
    let made = try Kept(status)
    kept.withLock { $0.status = made }
  }

  func publish(_ whoami: WhoamiDocument) throws {
    let made = try Kept(whoami)
    kept.withLock { $0.whoami = made }
  }
}
