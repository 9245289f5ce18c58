import FoundationEssentials
import Testing

@testable import Audit

@Suite struct RecordLineTests {
  @Test func writesEveryMemberInItsFixedOrder() {
    let line = RecordLine(fullRecord(), seq: 7, bootId: "boot", prevHash: Chain.zeros)
    let expected = #"""
      {"eventVersion":1,"seq":7,"time":"2023-11-14T22:13:20.250Z","bootId":"boot","event":"claimOutcome",\#
      "claimId":"c-1","group":"inside","cause":"guard","actor":{"uid":0,"gid":1,"pid":2,"address":"127.0.0.1"},\#
      "vips":["10.0.0.9","10.0.0.10"],"refusedVips":["10.0.0.10"],"instanceId":"i-1","networkInterfaceId":"eni-1",\#
      "previousNetworkInterfaceId":"eni-2","region":"eu-central-1","generation":3,"priority":200,\#
      "attempts":[{"n":1,"httpStatus":503,"errorCode":"Unavailable","awsRequestId":"r-1","milliseconds":1.5}],\#
      "outcome":"accepted","acceptedMilliseconds":251.123,"confirmedMilliseconds":1200,\#
      "clockSkewMilliseconds":-0.5,"peerHead":{"chainId":"cc","seq":3,"hash":"33"},\#
      "ownHead":{"chainId":"cc","seq":4,"hash":"44"},"otherHead":{"chainId":"cc","seq":5,"hash":"55"},"detail":"words","prevHash":"\#(Chain.zeros)","hash":"\#(line.hash)"}

      """#.replacing("\\\n", with: "")
    #expect(String(decoding: line.bytes, as: UTF8.self) == expected)
  }

  @Test func readsBackWhatItWrote() throws {
    let line = RecordLine(fullRecord(), seq: 7, bootId: "boot", prevHash: Chain.zeros)
    var back = try #require(AuditRecord(line: line.bytes.dropLast()))
    #expect(back.stamp == AuditStamp(seq: 7, bootId: "boot", prevHash: Chain.zeros, hash: line.hash))
    back.stamp = nil
    #expect(back == fullRecord())
  }

  @Test func keepsTheFirst4AndTheLast12Attempts() throws {
    var record = fullRecord()
    record.attempts = (1...40).map { AuditAttempt(n: $0, httpStatus: 503) }
    record.attemptsOmitted = 5
    let line = RecordLine(record, seq: 1, bootId: "b", prevHash: Chain.zeros)
    let back = try #require(AuditRecord(line: line.bytes.dropLast()))
    #expect(back.attempts.map(\.n) == Array(1...4) + Array(29...40))
    #expect(back.attemptsOmitted == 5 + 24)
  }

  @Test(arguments: ["x", "\"", "\u{1b}", "😀", "\u{2028}"])
  func noRecordIsLongerThan4KiB(_ filler: String) throws {
    let long = String(repeating: filler, count: 5000)
    var record = fullRecord()
    record.claimId = long
    record.group = long
    record.actor?.address = long
    record.vips = Array(repeating: long, count: 300)
    record.refusedVips = Array(repeating: long, count: 300)
    record.openClaims = Array(repeating: long, count: 300)
    record.instanceId = long
    record.networkInterfaceId = long
    record.previousNetworkInterfaceId = long
    record.region = long
    record.chainId = long
    record.detail = long
    record.peerHead = AuditChainHead(chainId: long, seq: .max, hash: long)
    record.ownHead = record.peerHead
    record.otherHead = record.peerHead
    record.generation = .max
    record.priority = .min
    record.attempts = Array(
      repeating: AuditAttempt(
        n: .max, httpStatus: .min, errorCode: long, awsRequestId: long, milliseconds: -9e14),
      count: 50)
    let line = RecordLine(record, seq: 999_999_999_999_999_999, bootId: long, prevHash: Chain.zeros)
    #expect(line.bytes.count <= 4096)
    let outline = try #require(RecordOutline(line.bytes.dropLast()))
    #expect(outline.hashFits)
    #expect(AuditRecord(line: line.bytes.dropLast())?.vips.count == 8)
  }

  @Test func fiftyAddressesAndSixteenAttemptsKeepAllAddresses() throws {
    var record = fullRecord()
    record.vips = (1...50).map { "100.80.133.\($0 + 100)" }
    record.attempts = (1...40).map {
      AuditAttempt(
        n: $0, httpStatus: 503, errorCode: "RequestLimitExceeded",
        awsRequestId: "59dbff89-35bd-4eac-99ed-be587EXAMPLE", milliseconds: 251.5)
    }
    let line = RecordLine(record, seq: 1, bootId: "b", prevHash: Chain.zeros)
    #expect(line.bytes.count <= 4096)
    #expect(AuditRecord(line: line.bytes.dropLast())?.vips == record.vips)
  }

  @Test(.enabled(if: has("python3") && has("jq"), "needs python3 and jq"))
  func fiveHundredNastyTextsStayOneLineEachForPythonAndJq() throws {
    let scratch = Scratch()
    let log = try AuditLog(scratch.settings())
    var wanted: [UInt8] = []
    for text in nastyTexts() {
      var nasty = record(.stale)
      nasty.detail = text
      log.append(nasty)
      wanted += Array(Data(text.utf8).base64EncodedString().utf8) + [0x0a]
    }
    #expect(log.close(withinMilliseconds: 20_000))
    try scratch.write(wanted, to: scratch.directory + "/wanted")
    #expect(scratch.lines().count == 501)
    #expect(
      shell("python3 \(repository)/Tests/AuditTests/nasty.py \(scratch.log) \(scratch.directory)/wanted") == 0
    )
    #expect(shell("test $(jq -c .seq \(scratch.log) | wc -l) = 501") == 0)
    #expect(!scratch.bytes().contains { $0 < 0x20 && $0 != 0x0a || $0 == 0x7f })
  }

  // Every control and separator alone, then random mixtures; at most 150 characters, so that nothing is cut.
  private func nastyTexts() -> [String] {
    let single =
      (0...0xa0).compactMap { Unicode.Scalar($0) } + "\u{2028}\u{2029}\u{202e}\u{feff}".unicodeScalars
    let pool = single + "\\\"/{}[]<>&',:;`$(){}😀é日\u{10ffff}\u{fffd}".unicodeScalars
    var generator = SystemRandomNumberGenerator()
    let mixed = (single.count..<500).map { _ in
      var text = String.UnicodeScalarView()
      for _ in 0..<Int.random(in: 0...150, using: &generator) {
        if let scalar = pool.randomElement(using: &generator) { text.append(scalar) }
      }
      return String(text)
    }
    return single.map { String($0) } + mixed
  }

  private func fullRecord() -> AuditRecord {
    var full = record(.claimOutcome, claim: "c-1", outcome: .accepted, vips: ["10.0.0.9", "10.0.0.10"])
    full.group = "inside"
    full.cause = .guardCheck
    full.actor = AuditActor(uid: 0, gid: 1, pid: 2, address: "127.0.0.1")
    full.refusedVips = ["10.0.0.10"]
    full.previousNetworkInterfaceId = "eni-2"
    full.region = "eu-central-1"
    full.generation = 3
    full.priority = 200
    full.attempts = [
      AuditAttempt(n: 1, httpStatus: 503, errorCode: "Unavailable", awsRequestId: "r-1", milliseconds: 1.5)
    ]
    full.acceptedMilliseconds = 251.123
    full.confirmedMilliseconds = 1200
    full.clockSkewMilliseconds = -0.5
    full.peerHead = AuditChainHead(chainId: "cc", seq: 3, hash: "33")
    full.ownHead = AuditChainHead(chainId: "cc", seq: 4, hash: "44")
    full.otherHead = AuditChainHead(chainId: "cc", seq: 5, hash: "55")
    full.detail = "words"
    return full
  }
}
