import Dispatch
import Glibc

/// A command run to its end: its exit status and all it wrote.
struct Command: Sendable {
  let status: Int32
  let output: String

  /// Runs `arguments` with exactly this environment (and PATH), on a thread that may block.
  static func run(_ arguments: [String], environment: [String: String] = [:]) async -> Command {
    let path = unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? "/usr/bin:/bin"
    let variables = (environment.merging(["PATH": path, "HOME": "/nonexistent"]) { given, _ in given })
      .map { "\($0.key)=\($0.value)" }
    let words = ["exec", "env", "-i"] + variables.map(quoted) + arguments.map(quoted) + ["2>&1"]
    return await withCheckedContinuation { continuation in
      DispatchQueue.global().async { continuation.resume(returning: runShell(words.joined(separator: " "))) }
    }
  }

  /// The Python that has the packages: VIPAD_PYTHON, else python3.
  static var python: String {
    unsafe getenv("VIPAD_PYTHON").map { unsafe String(cString: $0) } ?? "python3"
  }

  /// Whether a command succeeds here; for tests that need a tool or a Python package.
  static func succeeds(_ command: String) -> Bool {
    runShell("(\(command)) >/dev/null 2>&1").status == 0
  }
}

private func runShell(_ command: String) -> Command {
  guard let stream = unsafe popen(command, "r") else { return Command(status: -1, output: "popen failed") }
  var output: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 65_536)
  while true {
    let count = unsafe fread(&buffer, 1, buffer.count, stream)
    guard count > 0 else { break }
    output += buffer.prefix(count)
  }
  let status = unsafe pclose(stream)
  return Command(
    status: status & 0x7f == 0 ? status >> 8 & 0xff : -1, output: String(decoding: output, as: UTF8.self))
}

private func quoted(_ word: String) -> String {
  "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
}
