import Dispatch
import Failover
import FoundationEssentials
import Glibc
import Synchronization
import SystemPackage
import Testing

@testable import vipad

/// A directory with pid files and processes, and a watcher's verdicts on them; gone after the test.
final class LivenessWorkshop: Sendable {
  let directory: String
  let verdicts = Mutex<[(verdict: VRRPLiveness, uptimeSeconds: Double)]>([])
  /// `/proc/PID/task/TID` of the watcher's thread, once it has told something.
  let thread = Mutex("")
  private let started = Mutex<[Int32]>([])
  private let told = DispatchSemaphore(value: 0)

  /// The child's and the parent's pid file.
  var vrrpPidFile: String { directory + "/run/vrrp.pid" }
  var keepalivedPidFile: String { directory + "/run/keepalived.pid" }

  /// Runs the body in a thread of its own, which it may block.
  static func open(_ body: @escaping @Sendable (LivenessWorkshop) throws -> Void) async throws {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      DispatchQueue(label: "liveness-test").async {
        continuation.resume(
          with: Result {
            try withDirectory { directory in
              let workshop = try LivenessWorkshop(directory.string)
              defer { workshop.clear() }
              try body(workshop)
            }
          })
      }
    }
  }

  private init(_ directory: String) throws {
    self.directory = directory
    try shell("mkdir \(directory)/run; cp /bin/sh \(directory)/viptest")
  }

  private func clear() {
    for processId in started.withLock({ $0 }) { kill(processId, SIGKILL) }
  }

  func settings(name: String = "viptest", standstillSeconds: Double = 0.8) -> VRRPProcessSettings {
    VRRPProcessSettings(
      keepalivedPidFile: .usualPlaces, vrrpPidFile: vrrpPidFile,
      usualPlaces: [directory + "/run/keepalived/keepalived.pid", keepalivedPidFile],
      processName: name, standstillSeconds: standstillSeconds)
  }

  func watcher(_ settings: VRRPProcessSettings? = nil) throws -> VRRPProcessWatcher {
    try VRRPProcessWatcher(settings ?? self.settings()) { [weak self] verdict in
      self?.verdicts.withLock { $0.append((verdict, DaemonClock.uptime().seconds)) }
      self?.thread.withLock { $0 = callingThread() }
      self?.told.signal()
    }
  }

  /// Starts `viptest`, a copy of the shell, with a script; returns its process id.
  func start(_ script: String) throws -> Int32 {
    let id = try shell("\(directory)/viptest -c '\(script)' </dev/null >/dev/null 2>&1 & echo $!")
    let processId = try #require(Int32(id))
    owns(processId)
    return processId
  }

  /// A process that goes on sleeping and waking.
  func startBusyBee() throws -> Int32 {
    try start("while :; do sleep 0.05; done")
  }

  func owns(_ processId: Int32) {
    started.withLock { $0.append(processId) }
  }

  func writePidFile(_ processId: Int32) throws {
    try shell("echo \(processId) > \(vrrpPidFile)")
  }

  /// Waits until the last verdict told makes the condition true; returns when it was told.
  @discardableResult
  func wait(
    _ seconds: Double = 10, sourceLocation: SourceLocation = #_sourceLocation,
    until condition: (VRRPLiveness) -> Bool
  ) throws -> Double {
    let deadline = DispatchTime.now() + seconds
    while true {
      if let last = verdicts.withLock({ $0.last }), condition(last.verdict) { return last.uptimeSeconds }
      let history = verdicts.withLock { $0.map { "\($0.verdict)" }.joined(separator: "\n") }
      try #require(
        told.wait(timeout: deadline) == .success, "told:\n\(history)", sourceLocation: sourceLocation)
    }
  }
}

extension VRRPLiveness {
  var isAlive: Bool {
    if case .alive = self { true } else { false }
  }

  var processId: Int32? {
    if case .alive(let processId, _) = self { processId } else { nil }
  }

  /// Why it is dead; empty if it is not.
  var reason: String {
    if case .dead(let reason, _) = self { reason } else { "" }
  }
}

/// What a shell command prints.
@discardableResult
func shell(_ command: String) throws -> String {
  guard let pipe = unsafe popen("PATH=/sbin:/usr/sbin:$PATH; \(command)", "r") else {
    throw Errno(rawValue: errno)
  }
  defer { unsafe pclose(pipe) }
  var output: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 4096)
  while true {
    let count = unsafe fread(&buffer, 1, buffer.count, pipe)
    guard count > 0 else { break }
    output += buffer[..<count]
  }
  let text = String(decoding: output, as: UTF8.self)
  return text.hasSuffix("\n") ? String(text.dropLast()) : text
}

private func callingThread() -> String {
  var buffer = [CChar](repeating: 0, count: 64)
  let count = unsafe readlink("/proc/thread-self", &buffer, buffer.count)
  return "/proc/" + String(decoding: buffer.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
}
