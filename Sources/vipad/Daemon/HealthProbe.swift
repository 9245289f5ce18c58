import CLinux
import Glibc
import SystemPackage

/// Asks the API as any client would: `GET /healthz` on a new connection to the Unix socket.
struct HealthProbe {
  let address: UnixAddress
  /// How long each step may take.
  let patience: Duration

  /// Why the answer is not 200, in words; nil where it is.
  ///
  /// Blocks until it is known.
  func failure() -> String? {
    let descriptor = address.makeSocket(SOCK_STREAM)
    guard descriptor >= 0 else { return Self.failed("socket") }
    defer { close(descriptor) }
    limit(descriptor)
    guard Self.repeated({ unsafe address.use { unsafe connect(descriptor, $0, $1) } == 0 ? 0 : -1 }) == 0
    else { return Self.failed("connect") }
    let sent = Self.repeated {
      unsafe send(descriptor, Self.request, Self.request.count, Int32(MSG_NOSIGNAL))
    }
    guard sent == Self.request.count else { return Self.failed("send") }
    return failure(of: answer(on: descriptor))
  }

  private func failure(of answer: [UInt8]) -> String? {
    if answer.starts(with: Self.healthy) { return nil }
    return answer.isEmpty ? Self.failed("recv") : "it answers \(String(decoding: answer, as: UTF8.self))"
  }

  /// A signal, such as the end of a child, interrupts calls with a time limit (signal(7)): then once more.
  private static func repeated(_ call: () -> Int) -> Int {
    while true {
      let result = call()
      if result >= 0 || errno != EINTR { return result }
    }
  }

  private static func failed(_ call: String) -> String { "\(call): \(Errno(rawValue: errno))" }

  private static let request = Array(
    "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8)
  private static let healthy = Array("HTTP/1.1 200 ".utf8)

  /// SO_SNDTIMEO counts for connect(2) to a full queue too (unix(7)).
  private func limit(_ descriptor: Int32) {
    var time = timeval(tv_sec: Int(patience.components.seconds), tv_usec: 0)
    for option in [SO_SNDTIMEO, SO_RCVTIMEO] {
      unsafe setsockopt(descriptor, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size))
    }
  }

  /// What has come until the status can be told.
  private func answer(on descriptor: Int32) -> [UInt8] {
    var answer: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 512)
    while answer.count < Self.healthy.count {
      let count = Self.repeated { unsafe recv(descriptor, &buffer, buffer.count, 0) }
      guard count > 0 else { break }
      answer += buffer[..<count]
    }
    return answer
  }
}
