import Audit
import FoundationEssentials
import Glibc
import Testing

@Suite struct ReadingTests {
  @Test func linesComeFromAnyNumberOnOverAllSegments() throws {
    let scratch = Scratch()
    let log = try AuditLog(scratch.settings(maximumBytes: 200_000, keep: 100))
    for number in 0..<2000 { log.append(record(.standby, claim: "c-\(number)")) }
    #expect(log.append(record(.standby)).blockUntilWritten(withinMilliseconds: 20_000))
    let all = scratch.allLines()
    #expect(scratch.segments().count > 2)
    for after in [0, 1, 300, 999, all.count - 1, all.count, all.count + 5] {
      let lines = try text(log.lines(after: UInt64(after), limit: 7))
      #expect(lines == Array(all.dropFirst(after).prefix(7)))
    }
    #expect(try text(log.lines(after: 0, limit: 100_000)) == all)
    log.close()
  }

  @Test func linesOfAnEmptyLogAreNone() throws {
    let scratch = Scratch()
    let log = try AuditLog(scratch.settings())
    #expect(try log.lines(after: 0, limit: 10).isEmpty)
    log.close()
  }

  @Test func tailGivesTheLastRecords() throws {
    let scratch = Scratch()
    let log = try AuditLog(scratch.settings(maximumBytes: 4096, keep: 100))
    for _ in 0..<40 { log.append(record(.standby)) }
    log.close()
    let all = scratch.allLines()
    let tail = try AuditTail(path: scratch.log)
    #expect(try text(tail.last(15)) == all.suffix(15))
    #expect(try text(tail.last(1000)) == all)
    #expect(try tail.last(0).isEmpty)
  }

  @Test(.timeLimit(.minutes(1)))
  func followGivesEveryRecordOnceAcrossSegments() throws {
    let scratch = Scratch()
    let log = try AuditLog(scratch.settings(maximumBytes: 4096, keep: 1000))
    log.write(record(.started))
    var seen: [String] = []
    var written = 0
    try AuditTail(path: scratch.log).follow(last: 1) { bytes in
      seen += text(bytes)
      for _ in 0..<10 where written < 100 {
        log.append(record(.standby))
        written += 1
      }
      let health = log.health
      return !(written == 100 && health.pending == 0 && seen.count + 1 >= health.seq)
    }
    log.close()
    let all = scratch.allLines()
    #expect(seen.count == all.count - 1)
    #expect(zip(seen, all.dropFirst()).allSatisfy { $0 == $1 })
  }

  @Test func lastHoldingsAreTheNewestAcceptedClaimsOfThisInstance() throws {
    let scratch = Scratch()
    let log = try AuditLog(scratch.settings(maximumBytes: 4096, keep: 1000))
    log.append(record(.claimOutcome, claim: "old", outcome: .accepted, vips: ["10.0.0.1", "10.0.0.2"]))
    for number in 0..<30 { log.append(record(.claimIntent, claim: "i-\(number)")) }
    var partly = record(
      .claimOutcome, claim: "new", outcome: .recoveredAccepted, vips: ["10.0.0.2", "10.0.0.3"])
    partly.refusedVips = ["10.0.0.3"]
    log.append(partly)
    log.append(record(.claimOutcome, claim: "no", outcome: .failed, vips: ["10.0.0.2"]))
    var other = record(.claimOutcome, claim: "other", outcome: .accepted, vips: ["10.0.0.2"])
    other.instanceId = "i-2"
    log.append(other).blockUntilWrittenForTest()
    let holdings = try log.lastHoldings(of: ["10.0.0.1", "10.0.0.2", "10.0.0.3"], instanceId: "i-1")
    #expect(holdings.mapValues(\.claimId) == ["10.0.0.1": "old", "10.0.0.2": "new"])
    log.close()
  }

  private func text(_ bytes: [UInt8]) -> [String] {
    String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
  }
}

extension AuditTicket {
  fileprivate func blockUntilWrittenForTest() {
    #expect(blockUntilWritten(withinMilliseconds: 10_000))
  }
}
