import Audit
import FoundationEssentials
import Glibc
import SystemPackage

/// A directory of its own for one test, removed with its last owner.
final class Scratch: Sendable {
  let directory: String

  init() {
    directory = "/tmp/vipad-audit-test-\(UUID().uuidString)"
    unsafe mkdir(directory, 0o755)
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  var log: String { directory + "/audit.jsonl" }

  func settings(maximumBytes: Int = 16_777_216, keep: Int = 16) -> AuditSettings {
    var settings = AuditSettings(path: log, bootId: "boot-1", maximumBytes: maximumBytes, keep: keep)
    settings.retryMilliseconds = 50
    return settings
  }

  func text(_ path: String? = nil) -> String { String(decoding: bytes(path), as: UTF8.self) }

  func bytes(_ path: String? = nil) -> [UInt8] {
    Array(FileManager.default.contents(atPath: path ?? log) ?? Data())
  }

  func lines(_ path: String? = nil) -> [String] { text(path).split(separator: "\n").map(String.init) }

  func write(_ bytes: [UInt8], to path: String? = nil) throws {
    try Data(bytes).write(to: URL(filePath: path ?? log))
    unsafe chmod(path ?? log, 0o640)
  }

  func append(_ text: String) throws { try write(bytes() + Array(text.utf8)) }

  /// All files of the log, the closed segments before the active one.
  func segments() -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    return names.filter { $0.hasSuffix(".jsonl") }.sorted().map { directory + "/" + $0 }
  }

  func files(containing part: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    return names.filter { $0.contains(part) }.sorted()
  }

  func allLines() -> [String] { segments().flatMap { lines($0) } }
}

func record(
  _ event: AuditEvent, claim: String? = nil, outcome: AuditOutcome? = nil, vips: [String] = ["10.0.0.9"]
) -> AuditRecord {
  var record = AuditRecord(event, at: Date(timeIntervalSince1970: 1_700_000_000.25))
  record.claimId = claim
  record.outcome = outcome
  record.vips = vips
  record.group = "default"
  record.instanceId = "i-1"
  record.networkInterfaceId = "eni-1"
  return record
}

extension AuditLog {
  /// Appends and waits until the record is written.
  @discardableResult
  func write(_ record: AuditRecord) -> Bool { append(record).blockUntilWritten(withinMilliseconds: 5000) }
}

/// Rings by a task of the cooperative pool.
let alarm: AuditTicket.Alarm = { milliseconds, ring in
  Task {
    try? await Task.sleep(for: .milliseconds(milliseconds))
    ring()
  }
}

/// Runs a shell command; its exit status.
func shell(_ command: String) -> Int32 {
  let status = unsafe system(command)
  return (status >> 8) & 0xff
}

func has(_ tool: String) -> Bool { shell("command -v \(tool) >/dev/null 2>&1") == 0 }

/// Whether the slow tests run as well.
let torture = unsafe getenv("VIPAD_TORTURE") != nil

/// The repository's root.
let repository = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
