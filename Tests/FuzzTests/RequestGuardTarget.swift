import Glibc
import Synchronization

@testable import HTTPServer
@testable import vipad

/// Bytes as a client may send them, over a real connection to a real listener.
///
/// What the handler gets must be requests that a strict reader finds in the same bytes too, in their order:
/// nothing that two readers could understand differently comes through.
final class RequestStreams: Sendable {
  static let shared = RequestStreams()

  private let listener: HTTPListener?
  private let path: String
  private let seen: Seen

  private final class Seen: Sendable {
    let requests = Mutex<[HTTPRequest]>([])
  }

  private init() {
    let path = Scratch.directory + "/socket"
    let seen = Seen()
    let settings = ListenerSettings(
      endpoint: .unix(path: path), maximumHeaderBytes: 1024, maximumBodyBytes: 256)
    listener = try? HTTPListener(settings) { request in
      seen.requests.withLock { $0.append(request) }
      return HTTPResponse(status: 200)
    }
    (self.path, self.seen) = (path, seen)
  }

  func check(_ input: [UInt8]) throws(Broken) {
    try demand(listener != nil, "no listener at \(path)")
    seen.requests.withLock { $0 = [] }
    let answers = try exchange(input)
    let requests = seen.requests.withLock { $0 }
    let strict = StrictRequests(input).requests
    try demandSubsequence(requests, of: strict)
    for request in requests {
      try demandAcceptable(request)
      try checkQuery(of: request)
    }
    try check(answers, requests: requests.count, strict: strict.count)
  }

  private func demandSubsequence(
    _ requests: [HTTPRequest], of strict: [StrictRequests.Request]
  ) throws(Broken) {
    var rest = strict[...]
    for request in requests {
      let target = request.rawQuery.isEmpty ? request.path : "\(request.path)?\(request.rawQuery)"
      guard let match = rest.firstIndex(where: { $0.says(request) }) else {
        throw Broken("the handler got \(request.method) \(target), which no strict reader finds there")
      }
      rest = rest[(match + 1)...]
    }
  }

  /// What the routes rely on.
  private func demandAcceptable(_ request: HTTPRequest) throws(Broken) {
    let names = request.headers.map { $0.name.lowercased() }
    try demand(names.filter { $0 == "host" }.count <= 1, "two Host fields came through")
    try demand(!names.contains("transfer-encoding"), "Transfer-Encoding came through")
    try demand(request.body.count <= 256, "a body of \(request.body.count) bytes came through")
    for byte in (request.path + request.rawQuery).utf8 where !(0x21...0x7E).contains(byte) {
      throw Broken("a target with byte \(byte) came through")
    }
    try demandOneLine(request.headers.map(\.value), "a header value")
  }

  private func checkQuery(of request: HTTPRequest) throws(Broken) {
    do throws(Problem) {
      let query = try Query(request, allowing: ["wait", "after"])
      try demandBounds(try query.waitSeconds(), try query.integer("after", in: 0...9, byDefault: 0))
    } catch {
      try demand(error.status == 400, "a query made status \(error.status)")
      try demandOneLine(error.json.dropLast().description, "the problem of a query")
    }
  }

  private func demandBounds(_ waitSeconds: Double, _ after: UInt64) throws(Problem) {
    guard (0...60).contains(waitSeconds), (0...9).contains(after) else {
      throw Problem(status: 500, detail: "wait \(waitSeconds) or after \(after) is out of bounds")
    }
  }

  /// One answer at most for each request, and one for what follows them.
  private func check(_ answers: [UInt8], requests: Int, strict: Int) throws(Broken) {
    let final = statuses(answers).filter { $0 != 100 }
    // Fewer where the client, which does not wait for its 100, is gone for the library by then.
    try demand(final.filter { $0 == 200 }.count <= requests, "\(requests) requests got \(final)")
    try demand(
      final.count <= strict + 1,
      "\(strict) requests got \(String(decoding: answers, as: UTF8.self))")
    let known: Set = [200, 400, 411, 413, 414, 417, 431, 501, 505]
    try demand(known.isSuperset(of: final), "the answers' statuses are \(final)")
  }

  /// Sends the bytes and ends; what came back until the server closed.
  private func exchange(_ input: [UInt8]) throws(Broken) -> [UInt8] {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    let connected = unsafe withUnixAddress(path) { unsafe connect(descriptor, $0, $1) }
    try demand(connected == 0, "connect: \(reason(errno))")
    var rest = input[...]
    while !rest.isEmpty {
      let sent = unsafe rest.withUnsafeBytes { bytes in
        unsafe send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
      }
      if sent <= 0 { break }
      rest = rest.dropFirst(sent)
    }
    shutdown(descriptor, Int32(SHUT_WR))
    return readToEnd(descriptor)
  }

  private func readToEnd(_ descriptor: Int32) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = unsafe recv(descriptor, &chunk, chunk.count, 0)
      guard count > 0 else { return bytes }
      bytes += chunk[..<count]
    }
  }

  /// No body of an answer has a line that looks like this: problems are JSON of one line.
  private func statuses(_ bytes: [UInt8]) -> [Int] {
    bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
      line.starts(with: "HTTP/1.".utf8)
        ? Int(String(decoding: line.dropFirst(9).prefix(3), as: UTF8.self)) : nil
    }
  }
}

extension StrictRequests.Request {
  fileprivate func says(_ request: HTTPRequest) -> Bool {
    let mark = target.firstIndex(of: "?") ?? target.endIndex
    return method == request.method && target[..<mark] == request.path
      && target[mark...].dropFirst() == request.rawQuery && body == request.body
      && fields == request.headers.map { StrictRequests.Field(name: $0.name, value: $0.value) }
  }
}
