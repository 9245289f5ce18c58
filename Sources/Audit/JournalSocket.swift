import FoundationEssentials
import Glibc
import SystemPackage

/// Sends each line that stands in the log to the system's journal too, as a second copy; never waits for it.
///
/// To journald's own socket if there is one, else to syslog's; what that does not take at once is dropped and
/// counted. Used by the writer's thread only. Sources: systemd.io/JOURNAL_NATIVE_PROTOCOL, RFC 3164, unix(7).
struct JournalSocket {
  private let paths: JournalPaths
  private var descriptor: FileDescriptor?
  private static let tag = "vipad-audit"
  /// A name of its own: whoever looks for the end of the chain must not take this for it.
  private static let unwrittenTag = "vipad-audit-unwritten"
  /// The socket that took the last copy, or is there to take the first.
  private(set) var path: String?
  /// How many copies were not taken.
  private(set) var dropped: UInt64 = 0

  init(_ paths: JournalPaths) {
    self.paths = paths
    let made = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    descriptor = made >= 0 ? FileDescriptor(rawValue: made) : nil
    path = paths.present.first
    var patience = timeval(tv_sec: 0, tv_usec: 500_000)
    unsafe setsockopt(made, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
  }

  /// Sends one copy; where neither socket is there, there is nobody to send it to.
  mutating func send(_ written: WrittenLine, chainId: String) {
    let present = paths.present
    guard let target = present.first else {
      if path != nil { dropped += 1 }
      return
    }
    path = target
    let fields = [
      "VIPAD_EVENT=\(written.event.rawValue)", "VIPAD_CHAIN=\(chainId)", "VIPAD_SEQ=\(written.seq)",
      "VIPAD_HASH=\(written.line.hash)",
    ]
    let message = message(written.line, fields, tag: Self.tag, to: target)
    if !send(message, to: target, mayWait: false) { dropped += 1 }
  }

  /// Sends the only copy of a record that did not get into the log, under a tag of its own.
  ///
  /// Where it `mayWait`, a full queue gets half a second to take it. Returns whether it was taken.
  @discardableResult
  mutating func sendUnwritten(_ record: AuditRecord, bootId: String, mayWait: Bool) -> Bool {
    guard let target = paths.present.first else { return false }
    let line = RecordLine(unchained: record, bootId: bootId)
    let fields = ["VIPAD_EVENT=\(record.event.rawValue)"]
    let message = message(line, fields, tag: Self.unwrittenTag, to: target)
    let isTaken = send(message, to: target, mayWait: mayWait)
    if !isTaken { dropped += 1 }
    return isTaken
  }

  /// Nothing is sent any more.
  mutating func close() {
    try? descriptor?.close()
    descriptor = nil
  }

  // For journald the record as it stands in the log is the message, and what one looks for are fields of their own.
  // For syslog facility daemon, severity notice; syslogd puts its own time in place of ours where it likes.
  private func message(_ line: RecordLine, _ fields: [String], tag: String, to target: String) -> [UInt8] {
    guard target == paths.journald else {
      return Array("<29>\(Self.timestamp()) \(tag)[\(getpid())]: ".utf8) + line.bytes.dropLast()
    }
    let all = ["PRIORITY=5", "SYSLOG_IDENTIFIER=\(tag)"] + fields
    return Array("MESSAGE=".utf8) + line.bytes + all.flatMap { Array("\($0)\n".utf8) }
  }

  private static func timestamp() -> String {
    var now = time(nil)
    var parts = unsafe tm()
    unsafe localtime_r(&now, &parts)
    var text = [CChar](repeating: 0, count: 32)
    let count = unsafe strftime(&text, text.count, "%b %e %H:%M:%S", &parts)
    return String(decoding: text[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private func send(_ message: [UInt8], to path: String, mayWait: Bool) -> Bool {
    let flags = Int32(MSG_NOSIGNAL) | (mayWait ? 0 : Int32(MSG_DONTWAIT))
    guard let descriptor, var address = socketAddress(path) else { return false }
    return unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        unsafe sendto(
          descriptor.rawValue, message, message.count, flags, address,
          socklen_t(MemoryLayout<sockaddr_un>.size)) == message.count
      }
    }
  }

  private func socketAddress(_ path: String) -> sockaddr_un? {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    let fits = unsafe withUnsafeMutableBytes(of: &address.sun_path) { room in
      guard bytes.count < room.count else { return false }
      unsafe room.copyBytes(from: bytes)
      return true
    }
    return fits ? address : nil
  }
}

/// Where the journal listens.
public struct JournalPaths: Sendable, Equatable {
  /// journald's native socket.
  public var journald = "/run/systemd/journal/socket"
  /// syslog's socket, used where there is no journald.
  public var syslog = "/dev/log"

  /// The usual places.
  public init() {}

  var hasJournald: Bool { present.contains(journald) }

  // Looked for anew each time: journald may come after the daemon, and go.
  var present: [String] {
    [journald, syslog].filter { path in
      (try? Stat(FilePath(path), followTargetSymlink: true))?.type == .socket
    }
  }
}
