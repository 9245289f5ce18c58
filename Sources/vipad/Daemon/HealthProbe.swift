import CLinux
import Glibc

/// Asks the API as any client would: `GET /healthz` on a new connection to the Unix socket.
struct HealthProbe {
  let address: UnixAddress
  /// How long each step may take.
  let patience: Duration

  /// Whether the answer is 200; blocks until it is known.
  var isAnswered: Bool {
    let descriptor = address.makeSocket(SOCK_STREAM)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    limit(descriptor)
    guard unsafe address.use({ unsafe connect(descriptor, $0, $1) }) == 0 else { return false }
    guard
      unsafe send(descriptor, Self.request, Self.request.count, Int32(MSG_NOSIGNAL))
        == Self.request.count
    else { return false }
    return answer(on: descriptor).starts(with: Self.healthy)
  }

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
      let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
      guard count > 0 else { break }
      answer += buffer[..<count]
    }
    return answer
  }
}
