import FoundationEssentials
import Glibc
import Testing

@testable import Audit

/// Two logs that witness each other's ends.
@Suite struct ChainWitnessTests {
  private let start = ContinuousClock.now

  @Test func aPeersHeadIsNotedOnceAMinuteAndOnlyWhenThePeerWroteOfItsOwnAccord() {
    var heads = PeerHeads()
    let first = heads.record(of: head(5), ownHeadSeq: nil, known: nil, at: start)
    #expect(first?.event == .peerHead && first?.peerHead == head(5) && first?.detail == nil)
    let early = heads.record(of: head(9), ownHeadSeq: 6, known: head(5), at: start + .seconds(59))
    #expect(early == nil)
    let second = heads.record(of: head(9), ownHeadSeq: 6, known: head(5), at: start + .seconds(60))
    #expect(second?.peerHead == head(9))
    // Its last record notes our head: that is no news, else each record would call forth another for ever.
    let echo = heads.record(of: head(10), ownHeadSeq: 10, known: head(9), at: start + .seconds(200))
    #expect(echo == nil)
    let third = heads.record(of: head(11), ownHeadSeq: 10, known: head(9), at: start + .seconds(200))
    #expect(third?.peerHead == head(11))
    let same = heads.record(of: head(11), ownHeadSeq: 10, known: head(11), at: start + .seconds(900))
    #expect(same == nil)
  }

  @Test func whatAPeerSaysOfOurChainIsLookedAtOnceAMinuteHoweverOftenItChanges() {
    var heads = PeerHeads()
    let looks = (0..<600).filter { second in
      heads.shallCompare(head(UInt64(1000 + second)), at: start + .seconds(second))
    }
    #expect(looks == [0, 60, 120, 180, 240, 300, 360, 420, 480, 540])
    let again = heads.shallCompare(head(1540), at: start + .seconds(700))
    let other = heads.shallCompare(head(1541), at: start + .seconds(700))
    #expect(!again && other, "the same again is no news")
  }

  @Test func aPeerThatLostItsEndIsNotedWithTheFartherOne() {
    var heads = PeerHeads()
    _ = heads.record(of: head(20), ownHeadSeq: nil, known: nil, at: start)
    let cut = heads.record(of: head(8), ownHeadSeq: 3, known: head(20), at: start + .seconds(60))
    #expect(cut?.otherHead == head(20) && cut?.detail?.contains("was cut") == true)
    let again = heads.record(of: head(12), ownHeadSeq: 3, known: head(20), at: start + .seconds(120))
    #expect(again?.otherHead == head(20))
    let other = AuditChainHead(chainId: "other", seq: 1, hash: digits("e"))
    let replaced = heads.record(of: other, ownHeadSeq: nil, known: head(20), at: start + .seconds(180))
    #expect(replaced?.peerHead == other && replaced?.otherHead == nil)
    #expect(replaced?.detail?.contains("replaced") == true)
  }

  @Test func thePeersFarthestEndSurvivesARestartAndARotation() throws {
    let scratch = Scratch()
    let log = try AuditLog(scratch.settings(maximumBytes: 4096, keep: 100))
    log.write(noting(head(20)))
    var shorter = noting(head(9))
    shorter.otherHead = head(20)
    log.write(shorter)
    #expect(log.health.peerHead == head(20))
    for _ in 0..<20 { log.write(record(.standby)) }
    log.close()
    #expect(scratch.segments().count > 2)
    let again = try AuditLog(scratch.settings())
    #expect(again.health.peerHead == head(20))
    again.close()
  }

  @Test func aWitnessFindsACutTail() throws {
    let (own, peer) = try witnessed(records: 30)
    #expect(try verifyAudit(files: [own.log], witnesses: [peer.log]).ok)
    try own.write(Array((own.lines().dropLast(3).joined(separator: "\n") + "\n").utf8))
    #expect(try verifyAudit(files: [own.log]).ok)
    let cut = try verifyAudit(files: [own.log], witnesses: [peer.log])
    #expect(
      cut.problems.map(\.message) == [
        "the witness saw record 31, and the log ends with record 28: its end was cut"
      ])
  }

  @Test func aWitnessFindsARewrittenLogWithFittingHashes() throws {
    let (own, peer) = try witnessed(records: 30)
    let lines = own.lines()
    var prevHash = Chain.zeros
    let rewritten = lines.map { line in
      let changed = restamped(line.replacing("c-29", with: "c-99"), prevHash: prevHash)
      prevHash = changed.hash
      return changed.line
    }
    try own.write(Array((rewritten.joined(separator: "\n") + "\n").utf8))
    #expect(try verifyAudit(files: [own.log]).ok)
    let found = try verifyAudit(files: [own.log], witnesses: [peer.log])
    #expect(found.problems.count == 1 && found.problems[0].message.hasPrefix("record 31: the witness saw it"))
  }

  @Test func aWitnessThatSaysNothingOfTheChainOrWasChangedIsNoWitness() throws {
    let (own, peer) = try witnessed(records: 3)
    let (other, _) = try witnessed(records: 3)
    #expect(
      try verifyAudit(files: [own.log], witnesses: [other.log]).problems.map(\.message)
        == ["the witness has no head of this chain to compare with"])
    try peer.write(Array(peer.text().replacing(#""seq":4,"hash""#, with: #""seq":3,"hash""#).utf8))
    #expect(
      try verifyAudit(files: [own.log], witnesses: [peer.log]).problems.contains {
        $0.message == "the witness's line was changed"
      })
  }

  @Test func aLogThatGoesOnFromACopySaysSoWithBothHeads() throws {
    let scratch = Scratch()
    let log = try AuditLog(scratch.settings())
    for _ in 0..<5 { log.write(record(.standby)) }
    let copy = scratch.bytes()
    for _ in 0..<5 { log.write(record(.standby)) }
    let health = log.health
    let known = AuditChainHead(chainId: health.chainId, seq: health.seq, hash: health.headHash)
    #expect(try log.fork(by: known, toldBy: "the peer saw") == nil)
    log.close()
    try scratch.write(copy)
    let again = try AuditLog(scratch.settings())
    let beyond = try #require(try again.fork(by: known, toldBy: "the peer saw"))
    #expect(beyond.event == .forked && beyond.otherHead == known && beyond.ownHead?.seq == 6)
    for _ in 0..<8 { again.write(record(.stale)) }
    let rewritten = try #require(try again.fork(by: known, toldBy: "the peer saw"))
    again.write(rewritten)
    #expect(try again.fork(by: known, toldBy: "the peer saw") == nil, "said once")
    #expect(try again.fork(by: AuditChainHead(chainId: "x", seq: 99, hash: known.hash), toldBy: "") == nil)
    again.close()
    let result = try verifyAudit(files: [scratch.log])
    #expect(result.ok && result.notes.contains { $0.message.contains("forked") })
  }

  private func witnessed(records: Int) throws -> (Scratch, Scratch) {
    let (own, peer) = (Scratch(), Scratch())
    let log = try AuditLog(own.settings())
    for number in 0..<records { log.write(record(.standby, claim: "c-\(number)")) }
    let health = log.health
    log.close()
    let other = try AuditLog(peer.settings())
    other.write(noting(AuditChainHead(chainId: health.chainId, seq: health.seq, hash: health.headHash)))
    other.close()
    return (own, peer)
  }

  private func restamped(_ line: String, prevHash: String) -> (line: String, hash: String) {
    let end = #""prevHash":"\#(Chain.zeros)","hash":"\#(Chain.zeros)"}"#.utf8.count
    let covered = Array(line.utf8.dropLast(end)) + Array(#""prevHash":"\#(prevHash)""#.utf8)
    let hash = recordHash(prevHash: Array(prevHash.utf8)[...], covered: covered[...])
    return (String(decoding: covered, as: UTF8.self) + #","hash":"\#(hash)"}"#, hash)
  }

  private func noting(_ head: AuditChainHead) -> AuditRecord {
    var noting = record(.peerHead)
    noting.peerHead = head
    return noting
  }

  private func head(_ seq: UInt64) -> AuditChainHead {
    AuditChainHead(chainId: "peer", seq: seq, hash: digits("d"))
  }

  private func digits(_ digit: Character) -> String { String(repeating: digit, count: 64) }
}
