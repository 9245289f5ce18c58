import Glibc
import SystemPackage
import Testing

/// A network namespace of its own, made for a test and gone with it.
enum NetworkNamespace {
  /// Why there is none to be had; nil: there is.
  static let obstacle: String? = {
    guard geteuid() == 0 else { return "needs root for a network namespace" }
    guard hasIp else { return "needs ip of iproute2" }
    return nil
  }()

  static let hasIp = ["/sbin/ip", "/usr/sbin/ip"].contains { (try? Stat(FilePath($0))) != nil }

  /// Runs the body in a thread that has moved into a new network namespace, whose lo is up.
  ///
  /// The thread's children (`ip`) and threads are in there too; it is gone when the last of them has ended.
  static func run(_ body: @escaping @Sendable () throws -> Void) async throws {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      let work = Work {
        continuation.resume(
          with: Result {
            try enterNew()
            try ip("link set lo up")
            try body()
          })
      }
      var thread = pthread_t()
      let context = unsafe Unmanaged.passRetained(work).toOpaque()
      let status = unsafe pthread_create(&thread, nil, runWork, context)
      precondition(status == 0)
      pthread_detach(thread)
    }
  }

  /// Swift's Glibc has no unshare(2): it is behind _GNU_SOURCE.
  private static func enterNew() throws {
    typealias Unshare = @convention(c) (Int32) -> Int32
    let symbol = unsafe try #require(unsafe dlsym(nil, "unshare"))
    let unshare = unsafe unsafeBitCast(symbol, to: Unshare.self)
    let newNetwork: Int32 = 0x4000_0000
    try #require(unshare(newNetwork) == 0, "unshare: \(Errno(rawValue: errno))")
  }
}

/// Runs `ip` with the arguments.
@discardableResult
func ip(_ arguments: String) throws -> [Substring] {
  try lines(of: "ip \(arguments)")
}

/// What a command prints, by lines; it must succeed.
@discardableResult
func lines(of command: String) throws -> [Substring] {
  guard let pipe = unsafe popen("PATH=/sbin:/usr/sbin:$PATH; \(command)", "r") else {
    throw Errno(rawValue: errno)
  }
  var output: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 4096)
  while true {
    let count = unsafe fread(&buffer, 1, buffer.count, pipe)
    guard count > 0 else { break }
    output += buffer[..<count]
  }
  try #require(unsafe pclose(pipe) == 0, "\(command)")
  return String(decoding: output, as: UTF8.self).split(separator: "\n").map { $0 }
}

/// Seconds since boot, suspended or not.
func uptimeSeconds() -> Double {
  var time = timespec()
  unsafe clock_gettime(CLOCK_BOOTTIME, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

private final class Work: Sendable {
  let run: @Sendable () -> Void

  init(run: @escaping @Sendable () -> Void) {
    self.run = run
  }
}

private func runWork(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let context = unsafe context else { return nil }
  unsafe Unmanaged<Work>.fromOpaque(context).takeRetainedValue().run()
  return nil
}
