import Glibc
import SystemPackage

/// What the kernel counts of this process, under the names that Prometheus's own clients use.
///
/// Source: proc(5), /proc/self/stat and /proc/self/limits; prometheus.io, "Writing client libraries".
struct ProcessFigures {
  var cpuSeconds: Double
  var virtualBytes: Double
  var residentBytes: Double
  var threads: Double
  /// Since the epoch.
  var startedAtSeconds: Double
  var openFiles: Double
  var mostFiles: Double

  /// Reads them; nil where /proc is not mounted.
  init?() {
    guard let stat = Self.text("/proc/self/stat"), let boot = Self.bootSeconds() else { return nil }
    // The second field is the program's name in parentheses and may hold anything.
    guard let end = stat.lastIndex(of: ")") else { return nil }
    let fields = stat[stat.index(after: end)...].split(separator: " ").map { Double($0) ?? 0 }
    guard fields.count > 21 else { return nil }
    let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
    cpuSeconds = (fields[11] + fields[12]) / ticks
    threads = fields[17]
    startedAtSeconds = boot + fields[19] / ticks
    virtualBytes = fields[20]
    residentBytes = fields[21] * Double(sysconf(Int32(_SC_PAGESIZE)))
    openFiles = Self.countOfOpenFiles()
    var limit = rlimit()
    unsafe getrlimit(__rlimit_resource_t(UInt32(RLIMIT_NOFILE.rawValue)), &limit)
    mostFiles = Double(limit.rlim_cur)
  }

  /// When the machine was booted, by the wall clock of now.
  private static func bootSeconds() -> Double? {
    text("/proc/stat")?.split(separator: "\n").first { $0.hasPrefix("btime ") }
      .flatMap { Double($0.dropFirst(6)) }
  }

  private static func countOfOpenFiles() -> Double {
    guard let directory = unsafe opendir("/proc/self/fd") else { return 0 }
    defer { unsafe closedir(directory) }
    var count = 0
    while unsafe readdir(directory) != nil { count += 1 }
    // Without ".", ".." and the descriptor of this look.
    return Double(max(0, count - 3))
  }

  private static func text(_ path: String) -> String? {
    guard let file = try? FileDescriptor.open(FilePath(path), .readOnly, options: .closeOnExec) else {
      return nil
    }
    defer { try? file.close() }
    var bytes = [UInt8](repeating: 0, count: 65_536)
    guard let count = try? unsafe bytes.withUnsafeMutableBytes({ try unsafe file.read(into: $0) }) else {
      return nil
    }
    return String(decoding: bytes[..<count], as: UTF8.self)
  }
}
