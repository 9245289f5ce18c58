import Glibc
import SystemPackage

/// What /proc says of a process at one moment (proc(5)).
struct ProcessSample: Sendable, Equatable {
  /// /proc/PID/comm, at most 15 bytes.
  var name: String
  /// The letter of /proc/PID/stat: R, S, D, T, Z and others.
  var state: Character
  var parentId: Int32
  /// When it was started: clock ticks since boot by CLOCK_BOOTTIME.
  ///
  /// With the process id it names one process.
  var startTicks: UInt64
  /// How often its main thread gave up the processor to wait for something.
  var voluntarySwitches: UInt64
  /// The kernel function it sleeps in; nil where it does not sleep or the reader may not know (it needs
  /// root or CAP_SYS_PTRACE for a process of another user).
  var sleepsIn: String?

  var hasEnded: Bool { state == "Z" || state == "X" }

  var isStopped: Bool { state == "T" }

  /// Whether it sleeps in epoll_wait(2): its next event or timer will wake it.
  var waitsInEventLoop: Bool {
    guard state == "S", let sleepsIn else { return false }
    return sleepsIn.contains("epoll") || sleepsIn.contains("ep_poll")
  }

  /// Whether it sleeps for an event or a timer, and the reader may not know in what.
  var sleepsInSecret: Bool { state == "S" && sleepsIn == nil }

  /// Seconds since boot by CLOCK_BOOTTIME.
  var startedAtUptimeSeconds: Double { Double(startTicks) / Double(sysconf(Int32(_SC_CLK_TCK))) }
}

extension ProcessSample {
  /// Reads it; nil where there is no such process or /proc does not show it.
  init?(processId: Int32) {
    let directory = "/proc/\(processId)"
    guard let stat = text(ofFile: directory + "/stat"),
      let status = text(ofFile: directory + "/status")
    else { return nil }
    self.init(stat: stat, status: status, sleepsIn: text(ofFile: directory + "/wchan"))
  }

  /// Understands /proc/PID/stat, where the name stands in parentheses and may hold any character, and status.
  init?(stat: String, status: String, sleepsIn: String?) {
    guard let open = stat.firstIndex(of: "("), let close = stat.lastIndex(of: ")"), open < close else {
      return nil
    }
    // Field 3, the state, is the first behind the name; 4 is the parent, 22 the start.
    let fields = stat[close...].dropFirst().split(whereSeparator: \.isWhitespace)
    guard fields.count > 19, let state = fields[0].first, let parentId = Int32(fields[1]),
      let startTicks = UInt64(fields[19])
    else { return nil }
    let switches = status.split(separator: "\n").first { $0.hasPrefix("voluntary_ctxt_switches:") }
    guard let count = switches?.split(whereSeparator: \.isWhitespace).last.flatMap({ UInt64($0) }) else {
      return nil
    }
    name = String(stat[stat.index(after: open)..<close])
    self.state = state
    self.parentId = parentId
    self.startTicks = startTicks
    voluntarySwitches = count
    self.sleepsIn = sleepsIn == "0" ? nil : sleepsIn
  }

  /// The processes that a process has started and that have not been waited for yet.
  static func children(of processId: Int32) -> [Int32] {
    let list = text(ofFile: "/proc/\(processId)/task/\(processId)/children") ?? ""
    return list.split(separator: " ").compactMap { Int32($0) }
  }
}

/// The beginning of a file, 64 KiB unless told; nil where it can't be read.
func text(ofFile path: String, atMost maximumBytes: Int = 65536) -> String? {
  let file = FileDescriptor(rawValue: unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK))
  guard file.rawValue >= 0 else { return nil }
  return try? file.closeAfter {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while bytes.count < maximumBytes {
      let count = try unsafe buffer.withUnsafeMutableBytes { try unsafe file.read(into: $0) }
      guard count > 0 else { break }
      bytes += buffer[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
