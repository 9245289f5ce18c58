import Glibc

@testable import HTTPServer

/// A client that sends exactly the bytes it is told, as no library would.
final class RawClient {
  let descriptor: Int32

  /// Connects to a listener on loopback.
  init(port: UInt16) throws {
    var found: UnsafeMutablePointer<addrinfo>?
    var hints = unsafe addrinfo()
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    try unsafe check(getaddrinfo("127.0.0.1", String(port), &hints, &found), "getaddrinfo")
    defer { unsafe freeaddrinfo(found) }
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    try unsafe check(connect(descriptor, found?.pointee.ai_addr, found?.pointee.ai_addrlen ?? 0), "connect")
  }

  /// Connects to a listener on a Unix socket.
  init(path: String) throws {
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    let descriptor = descriptor
    try check(unsafe withUnixAddress(path) { unsafe connect(descriptor, $0, $1) }, "connect")
  }

  deinit { close(descriptor) }

  func send(_ text: String) { send(Array(text.utf8)) }

  func send(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let sent = unsafe rest.withUnsafeBytes {
        unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if sent <= 0 { return }
      rest = rest.dropFirst(sent)
    }
  }

  /// Sends no more.
  func end() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// What came until the server closed or the time was over.
  func readToEnd(withinSeconds: Double = 5) -> (text: String, closed: Bool) {
    var bytes: [UInt8] = []
    let end = ContinuousClock.now + .seconds(withinSeconds)
    while let piece = read(until: end) {
      if piece.isEmpty { return (String(decoding: bytes, as: UTF8.self), true) }
      bytes += piece
    }
    return (String(decoding: bytes, as: UTF8.self), false)
  }

  /// One answer by its Content-Length; nil if it did not come whole in time.
  func readAnswer(withinSeconds: Double = 5) -> (status: Int, head: String, body: String)? {
    var bytes: [UInt8] = []
    let end = ContinuousClock.now + .seconds(withinSeconds)
    while true {
      if let answer = parseAnswer(String(decoding: bytes, as: UTF8.self)) { return answer }
      guard let piece = read(until: end), !piece.isEmpty else { return nil }
      bytes += piece
    }
  }

  /// What comes next; empty at the end (or a reset), nil when the time is over.
  private func read(until end: ContinuousClock.Instant) -> [UInt8]? {
    var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    let left = ContinuousClock.now.duration(to: end) / .milliseconds(1)
    guard left > 0, unsafe poll(&waiting, 1, Int32(left) + 1) > 0 else { return nil }
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
    return Array(buffer.prefix(max(0, count)))
  }
}

struct CallFailed: Error {
  let call: String
  let code: Int32
}

private func check(_ status: Int32, _ call: String) throws {
  if status != 0 { throw CallFailed(call: call, code: errno) }
}

private func parseAnswer(_ text: String) -> (status: Int, head: String, body: String)? {
  guard let end = text.firstRange(of: "\r\n\r\n") else { return nil }
  let head = String(text[..<end.lowerBound])
  let body = text[end.upperBound...]
  let field = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
  let length = field.flatMap { Int($0.split(separator: " ").last ?? "") } ?? 0
  guard body.utf8.count >= length else { return nil }
  return (Int(head.split(separator: " ")[1]) ?? 0, head, String(body))
}

extension String {
  fileprivate func firstRange(of needle: String) -> Range<Index>? {
    var start = utf8.startIndex
    while start < utf8.endIndex {
      if utf8[start...].starts(with: needle.utf8) {
        return start..<utf8.index(start, offsetBy: needle.utf8.count)
      }
      start = utf8.index(after: start)
    }
    return nil
  }
}
