import FoundationEssentials
import Glibc
import Testing

@testable import Audit

/// A daemon killed with SIGKILL at random moments: the child is this test's own process started anew.
@Suite struct KillTests {
  @Test(.timeLimit(.minutes(5)))
  func nothingAcknowledgedIsLostAndEveryIntentGetsOneOutcome() async throws {
    let scratch = Scratch()
    let directory = scratch.directory
    for _ in 0..<20 {
      await #expect(processExitsWith: .signal(SIGKILL)) { [directory = directory as String] in
        try KilledWriter(directory).run()
      }
    }
    let log = try AuditLog(scratch.settings())
    for intent in log.openIntents ?? [] { log.append(KilledWriter.outcome(of: intent)) }
    #expect(log.close())

    let result = try verifyAudit(files: [scratch.log])
    #expect(result.ok && result.openClaims.isEmpty, "\(result.problems)")
    #expect(result.firstSeq == 1)
    let lines = scratch.allLines()
    let acknowledged = scratch.lines(directory + "/acknowledged")
    #expect(acknowledged.count > 20)
    #expect(Set(acknowledged).subtracting(lines.compactMap(claim)).isEmpty)
    let claims = lines.compactMap(claim)
    #expect(Set(claims).count == claims.count)
    let (intents, outcomes) = (
      claims.filter { $0.hasPrefix("claimIntent") }, claims.filter { $0.hasPrefix("claimOutcome") }
    )
    #expect(intents.count == outcomes.count)
  }

  private func claim(_ line: String) -> String? {
    line.firstMatch(of: /"event":"(claim\w+)","claimId":"([^"]+)"/).map { "\($0.1) \($0.2)" }
  }
}

/// Writes claims until it kills itself, and notes beside the log what the log acknowledged.
private struct KilledWriter {
  private let log: AuditLog
  private let acknowledged: Int32

  init(_ directory: String) throws {
    acknowledged = unsafe open(directory + "/acknowledged", O_WRONLY | O_APPEND | O_CREAT, 0o640)
    try startThread {
      usleep(UInt32.random(in: 0...120_000))
      kill(getpid(), SIGKILL)
    }
    log = try AuditLog(
      AuditSettings(path: directory + "/audit.jsonl", bootId: "b", maximumBytes: 8192, keep: 10_000))
  }

  func run() {
    for intent in log.openIntents ?? [] { write(Self.outcome(of: intent)) }
    while true {
      let intent = record(.claimIntent, claim: UUID().uuidString)
      write(intent)
      write(record(.claimOutcome, claim: intent.claimId, outcome: .accepted))
    }
  }

  static func outcome(of intent: AuditRecord) -> AuditRecord {
    record(.claimOutcome, claim: intent.claimId, outcome: .recoveredNotApplied)
  }

  private func write(_ record: AuditRecord) {
    guard log.append(record).blockUntilWritten(withinMilliseconds: 5000) else { return }
    let line = Array("\(record.event.rawValue) \(record.claimId ?? "")\n".utf8)
    _ = unsafe Glibc.write(acknowledged, line, line.count)
  }
}
