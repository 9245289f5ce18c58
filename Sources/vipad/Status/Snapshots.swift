import Digest
import HTTPServer
import Synchronization

/// The answers to `GET /status` and `GET /whoami`, made when something changed and not when somebody asks.
final class Snapshots: Sendable {
  /// A kept answer and the tag that stands for its bytes.
  final class Kept: Sendable {
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

  private struct All: Sendable {
    var status, whoami: Kept
    var picture: Picture
  }

  /// What the kept answers were made of, for those who show it in another form.
  struct Picture: Sendable {
    var status: StatusDocument
    var whoami: WhoamiDocument
  }

  private let kept: Mutex<All>
  private let changes = Atomic<UInt64>(0)

  init(status: StatusDocument, whoami: WhoamiDocument) throws {
    kept = Mutex(
      All(
        status: try Kept(status), whoami: try Kept(whoami), picture: Picture(status: status, whoami: whoami)))
  }

  var picture: Picture { kept.read(\.picture) }

  /// Grows with each change; read without a lock, for every poll asks.
  var version: UInt64 { changes.load(ordering: .acquiring) }

  var status: Kept { kept.read(\.status) }

  var whoami: Kept { kept.read(\.whoami) }

  func publish(_ status: StatusDocument) throws {
    let made = try Kept(status)
    kept.withLock { all in
      all.status = made
      all.picture.status = status
    }
    changes.wrappingAdd(1, ordering: .releasing)
  }

  func publish(_ whoami: WhoamiDocument) throws {
    let made = try Kept(whoami)
    kept.withLock { all in
      all.whoami = made
      all.picture.whoami = whoami
    }
    changes.wrappingAdd(1, ordering: .releasing)
  }
}
