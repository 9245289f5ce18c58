import Dispatch
import FoundationEssentials
import Glibc
import HTTPServer
import Synchronization

/// Settings for a listener on any free port of loopback.
func loopback() -> ListenerSettings {
  ListenerSettings(endpoint: .tcp(address: "127.0.0.1", port: 0))
}

/// A listener that answers every request with what it understood of it.
func describingListener(_ settings: ListenerSettings = loopback()) throws -> HTTPListener {
  try HTTPListener(settings) { request in
    let text =
      "\(request.method) \(request.path) \(request.rawQuery) \(request.body.count) \(request.connectionId)"
    return HTTPResponse(status: 200, headers: [("Content-Type", "text/plain")], body: Array(text.utf8))
  }
}

/// A door that those who come wait at until it is opened; then it stays open.
final class Gate: Sendable {
  private let turnstile = DispatchSemaphore(value: 0)
  private let arrivals = DispatchSemaphore(value: 0)

  func pass() {
    arrivals.signal()
    turnstile.wait()
    turnstile.signal()
  }

  func open() { turnstile.signal() }

  /// Waits until that many have come; false if they have not within ten seconds.
  func waitForArrivals(_ count: Int) -> Bool {
    let end = DispatchTime.now() + 10
    return (0..<count).allSatisfy { _ in arrivals.wait(timeout: end) == .success }
  }
}

/// A directory of one test, removed with it.
final class TemporaryDirectory {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/vipad-\(UUID().uuidString.prefix(8))"
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }
}

/// What a shell command printed on both its outputs.
func shell(_ command: String) -> String {
  guard let pipe = unsafe popen("{ \(command)\n} 2>&1", "r") else { return "popen failed" }
  defer { unsafe pclose(pipe) }
  var output: [UInt8] = []
  while case let byte = unsafe getc(pipe), byte != EOF { output.append(UInt8(byte)) }
  return String(decoding: output, as: UTF8.self)
}

/// The time that something takes, in milliseconds.
func milliseconds(_ work: () -> Void) -> Double {
  ContinuousClock().measure(work) / .milliseconds(1)
}

/// Lets the process open as many descriptors as it may: a test's clients and server share them.
func raiseDescriptorLimit() {
  var limit = rlimit()
  unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  limit.rlim_cur = limit.rlim_max
  unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}
