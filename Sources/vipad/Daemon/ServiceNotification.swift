import CLinux
import Glibc
import SystemPackage

/// Tells the service manager how vipad is: one datagram to `$NOTIFY_SOCKET` for each message (sd_notify(3)).
///
/// Without that variable nobody wants to know, and nothing is sent.
struct ServiceNotification: Sendable {
  /// What systemd understands.
  enum Message: Equatable {
    /// It answers; also after a reload.
    case ready
    /// It reads its configuration anew since that moment, in microseconds of CLOCK_MONOTONIC.
    case reloading(monotonicMicroseconds: Int64)
    case stopping
    /// It makes progress: the watchdog's time begins anew.
    case alive
    /// One line for `systemctl status`.
    case status(String)

    fileprivate var text: String {
      switch self {
      case .ready: "READY=1"
      case .reloading(let moment): "RELOADING=1\nMONOTONIC_USEC=\(moment)"
      case .stopping: "STOPPING=1"
      case .alive: "WATCHDOG=1"
      case .status(let line): "STATUS=\(oneLine(line))"
      }
    }
  }

  private let address: UnixAddress?

  /// Finds the socket in the environment.
  ///
  /// - Throws: `ServiceNotificationError` where the variable names no Unix socket.
  init(environment: [String: String]) throws(ServiceNotificationError) {
    guard let socket = environment["NOTIFY_SOCKET"], !socket.isEmpty else {
      address = nil
      return
    }
    guard let address = UnixAddress(socket) else {
      throw ServiceNotificationError(description: "NOTIFY_SOCKET=\(oneLine(socket)) names no Unix socket")
    }
    self.address = address
  }

  /// Sends one message; never waits, for the daemon's own thread sends too.
  ///
  /// - Throws: `ServiceNotificationError`, when the service manager does not take it.
  func send(_ message: Message) throws(ServiceNotificationError) {
    guard let address else { return }
    let descriptor = address.makeSocket(SOCK_DGRAM)
    defer { close(descriptor) }
    let text = Array(message.text.utf8)
    let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
    let sent = unsafe address.use { unsafe sendto(descriptor, text, text.count, flags, $0, $1) }
    guard sent == text.count else {
      throw ServiceNotificationError(
        description: "the service manager can't be told \(message.text.split(separator: "\n")[0]): "
          + Errno(rawValue: errno).description)
    }
  }
}

/// Why the service manager can't be told.
struct ServiceNotificationError: Error, CustomStringConvertible {
  let description: String
}

/// The address of a Unix socket: a path, or `@` and a name that is in no file system (unix(7)).
struct UnixAddress: Sendable {
  private let bytes: [UInt8]

  /// Nil for what is neither, or is longer than a `sockaddr_un` holds.
  init?(_ name: String) {
    guard name.hasPrefix("/") || (name.hasPrefix("@") && name != "@") else { return nil }
    // The abstract name's NUL takes the place of "@"; a path needs one at its end.
    let bytes = name.hasPrefix("@") ? [0] + Array(name.utf8.dropFirst()) : Array(name.utf8) + [0]
    guard bytes.count <= MemoryLayout.size(ofValue: sockaddr_un().sun_path) else { return nil }
    self.bytes = bytes
  }

  /// A socket of that kind, not inherited by others.
  func makeSocket(_ kind: __socket_type) -> Int32 {
    socket(AF_UNIX, Int32(kind.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
  }

  /// Hands out the address with its exact length, which is part of an abstract name.
  func use<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
    let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
    return unsafe withUnsafePointer(to: &address) { address in
      unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, length) }
    }
  }
}
