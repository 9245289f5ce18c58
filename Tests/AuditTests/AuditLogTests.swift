import FoundationEssentials
import Glibc
import Testing

@testable import Audit

@Suite struct AuditLogTests {
  @Test func beginsWithSegmentStartedAndContinuesTheChainAfterAStart() throws {
    let scratch = Scratch()
    let first = try AuditLog(scratch.settings())
    #expect(first.write(record(.started)))
    let head = first.health
    #expect(first.close())
    let second = try AuditLog(scratch.settings())
    #expect(second.health.seq == head.seq)
    #expect(second.health.headHash == head.headHash)
    second.append(record(.started))
    #expect(second.close())
    let events = try scratch.lines().map { try #require($0.firstMatch(of: /"event":"(\w+)"/)).1 }
    #expect(events == ["segmentStarted", "started", "started"])
    let result = try verifyAudit(files: [scratch.log])
    #expect(result.ok && result.lastSeq == 3)
    #expect(scratch.lines().allSatisfy { $0.contains(#""chainId":"\#(result.chainId ?? "?")""#) })
  }

  @Test func filesAreReadableByTheGroupAndWritableByTheOwnerOnly() throws {
    let scratch = Scratch()
    let log = try AuditLog(scratch.settings())
    log.write(record(.started))
    log.close()
    let attributes = try FileManager.default.attributesOfItem(atPath: scratch.log)
    #expect(attributes[.posixPermissions] as? Int == 0o640)
  }

  @Test func closesASegmentAtItsSizeAndKeepsTheChainOverAllOfThem() throws {
    let scratch = Scratch()
    let log = try AuditLog(scratch.settings(maximumBytes: 4096, keep: 100))
    for _ in 0..<100 { log.append(record(.standby)) }
    #expect(log.close())
    #expect(scratch.segments().count > 5)
    for segment in scratch.segments() {
      #expect(scratch.bytes(segment).count <= 4096)
      #expect(scratch.lines(segment)[0].contains(#""event":"segmentStarted""#))
    }
    let result = try verifyAudit(files: [scratch.log])
    #expect(result.ok, "\(result.problems)")
    #expect(result.firstSeq == 1 && result.records == scratch.allLines().count)
  }

  @Test func keepsAsManyClosedSegmentsAsAsked() throws {
    let scratch = Scratch()
    let log = try AuditLog(scratch.settings(maximumBytes: 4096, keep: 3))
    for _ in 0..<100 { log.append(record(.standby)) }
    #expect(log.close())
    #expect(scratch.segments().count == 4)
    let result = try verifyAudit(files: [scratch.log])
    #expect(result.ok && result.firstSeq != 1 && result.notes.count == 1, "\(result.problems)")
  }

  @Test func intentsWithoutOutcomeAreFoundAgainWithAllTheirFields() throws {
    let scratch = Scratch()
    let log = try AuditLog(scratch.settings(maximumBytes: 4096, keep: 100))
    var intent = record(.claimIntent, claim: "open-1", vips: ["10.0.0.1", "10.0.0.2"])
    intent.generation = 9
    intent.cause = .vrrp
    log.append(intent)
    for number in 0..<50 {
      log.append(record(.claimIntent, claim: "c-\(number)"))
      log.append(record(.claimOutcome, claim: "c-\(number)", outcome: .accepted))
    }
    log.append(record(.claimIntent, claim: "open-2"))
    #expect(log.close())
    #expect(scratch.segments().count > 5)

    let again = try AuditLog(scratch.settings())
    #expect(again.openIntents?.map(\.claimId) == ["open-1", "open-2"])
    var found = try #require(again.openIntents?.first)
    #expect(found.stamp?.seq == 2)
    found.stamp = nil
    #expect(found == intent)
    again.append(record(.claimOutcome, claim: "open-1", outcome: .recoveredNotApplied))
    again.append(record(.claimOutcome, claim: "open-2", outcome: .recoveredAccepted))
    #expect(again.close())
    #expect(try AuditLog(scratch.settings()).openIntents?.isEmpty == true)
    #expect(try verifyAudit(files: [scratch.log]).ok)
  }

  @Test func aTornLastLineIsPutAsideAndRecorded() throws {
    let scratch = Scratch()
    let log = try AuditLog(scratch.settings())
    log.write(record(.started))
    log.close()
    try scratch.append(#"{"eventVersion":1,"seq":3,"time":"2026"#)
    let again = try AuditLog(scratch.settings())
    again.append(record(.started))
    #expect(again.close())
    #expect(scratch.text(scratch.directory + "/audit.torn-3") == #"{"eventVersion":1,"seq":3,"time":"2026"#)
    #expect(scratch.lines()[2].contains(#""event":"gap""#) && scratch.lines()[2].contains("audit.torn-3"))
    let result = try verifyAudit(files: [scratch.log])
    #expect(result.ok && result.notes.count == 1)
  }

  @Test func aTornEndIsRecordedEvenWhenTheFirstStartDiedBeforeItCould() throws {
    let scratch = Scratch()
    let log = try AuditLog(scratch.settings())
    log.write(record(.started))
    log.close()
    try scratch.append("torn")
    try AuditLog(scratch.settings()).close()
    #expect(scratch.lines().count == 2)
    let again = try AuditLog(scratch.settings())
    again.append(record(.started))
    again.close()
    try AuditLog(scratch.settings()).close()
    #expect(scratch.lines().filter { $0.contains("audit.torn-3") }.count == 1)
  }

  @Test(arguments: ["garbage\n", "\u{0}\u{0}\u{0}\u{0}\n\u{0}\u{0}", "{\"eventVersion\":1,\"seq\":3}\n"])
  func whatAPowerCutLeavesBehindIsPutAside(_ garbage: String) throws {
    let scratch = Scratch()
    let log = try AuditLog(scratch.settings())
    log.write(record(.started))
    log.close()
    try scratch.append(garbage)
    let again = try AuditLog(scratch.settings())
    again.append(record(.started))
    again.close()
    #expect(scratch.text(scratch.directory + "/audit.torn-3") == garbage)
    #expect(try verifyAudit(files: [scratch.log]).ok)
  }

  @Test func aLogThatIsNothingButGarbageIsPutAsideAndAChainBegins() throws {
    let scratch = Scratch()
    try scratch.write(Array("not a log\n".utf8))
    let log = try AuditLog(scratch.settings())
    log.append(record(.started))
    #expect(log.close())
    #expect(scratch.files(containing: "torn") == ["audit.torn-1"])
    let result = try verifyAudit(files: [scratch.log])
    #expect(result.ok && result.firstSeq == 1 && result.records == 3)
  }

  @Test func aSecondDaemonOnTheSameLogIsToldSoAndTheFirstIsLeftAlone() throws {
    let scratch = Scratch()
    let first = try AuditLog(scratch.settings())
    first.write(record(.started))
    #expect(throws: AuditError.inUse(path: scratch.log, processId: getpid())) {
      try AuditLog(scratch.settings())
    }
    #expect(first.write(record(.standby)))
    #expect(first.close())
    #expect(try verifyAudit(files: [scratch.log]).records == 3)
  }

  @Test func aSymlinkIsRefusedWithWhatToDo() throws {
    let scratch = Scratch()
    try scratch.write([], to: scratch.directory + "/elsewhere")
    unsafe symlink(scratch.directory + "/elsewhere", scratch.log)
    let error = #expect(throws: AuditError.self) { try AuditLog(scratch.settings()) }
    #expect(error?.description.contains("symlink; fix: rm ") == true)
    #expect(scratch.bytes(scratch.directory + "/elsewhere").isEmpty)
  }

  @Test func aSymlinkedOrGroupWritableDirectoryIsRefused() throws {
    let scratch = Scratch()
    unsafe symlink(scratch.directory, scratch.directory + "-link")
    defer { unsafe unlink(scratch.directory + "-link") }
    #expect(throws: AuditError.self) {
      try AuditLog(AuditSettings(path: scratch.directory + "-link/audit.jsonl", bootId: "b"))
    }
    unsafe chmod(scratch.directory, 0o775)
    let error = #expect(throws: AuditError.self) { try AuditLog(scratch.settings()) }
    #expect(error?.description.contains("chmod go-w") == true)
  }

  @Test func aFileThatOthersMayWriteIsRefused() throws {
    let scratch = Scratch()
    try scratch.write([])
    unsafe chmod(scratch.log, 0o666)
    let error = #expect(throws: AuditError.self) { try AuditLog(scratch.settings()) }
    #expect(error?.description.contains("chmod go-w") == true)
  }

  @Test(.enabled(if: geteuid() == 0, "needs root to give a file away"))
  func aFileOfAnotherOwnerIsRefused() throws {
    let scratch = Scratch()
    try scratch.write([])
    unsafe chown(scratch.log, 12345, 0)
    let error = #expect(throws: AuditError.self) { try AuditLog(scratch.settings()) }
    #expect(error?.description.contains("12345") == true)
  }

  @Test func aTicketTellsWhenTheRecordIsWrittenAndWhenItIsOnTheDisk() async throws {
    let scratch = Scratch()
    let log = try AuditLog(scratch.settings())
    let ticket = log.append(record(.claimIntent, claim: "c"))
    #expect(await ticket.written(withinMilliseconds: 5000, by: alarm))
    #expect(scratch.lines().count == 2)
    let head = AuditChainHead(chainId: log.health.chainId, seq: 2, hash: log.health.headHash)
    #expect(ticket.position == head)
    #expect(await log.append(record(.claimOutcome, claim: "c")).written(withinMilliseconds: 5000, by: alarm))
    #expect(ticket.position == head, "its own place, wherever the chain ends")
    #expect(await ticket.durable(withinMilliseconds: 5000, by: alarm))
    #expect(ticket.blockUntilDurable(withinMilliseconds: 0))
    log.close()
    #expect(await log.append(record(.stopped)).written(withinMilliseconds: 5000, by: alarm) == false)
  }

  @Test func healthChangesAreTold() async throws {
    let scratch = Scratch()
    let (heads, told) = AsyncStream.makeStream(of: AuditHealth.self)
    let log = try AuditLog(scratch.settings()) { told.yield($0) }
    log.append(record(.started))
    let health = try #require(await heads.first { $0.seq == 2 })
    #expect(health.ok && health.headHash == log.health.headHash)
    log.close()
  }
}
