import Testing

@testable import Netlink

struct NetlinkMessageTests {
  @Test func readsNoFurtherThanWhatCame() throws {
    var bytes = try NetlinkMessageTests.dumpRequestAsMessage()
    for count in 0...bytes.count {
      #expect(NetlinkMessage.all(in: bytes[..<count]).count == (count == bytes.count ? 1 : 0))
    }
    // A length beyond the datagram, and one that would never end.
    bytes[0] = 255
    #expect(NetlinkMessage.all(in: bytes[...]).isEmpty)
    bytes[0] = 0
    #expect(NetlinkMessage.all(in: bytes[...]).isEmpty)
  }

  @Test func survivesAnyBytesInLinksAndAddresses() throws {
    var numbers = SystemRandomNumberGenerator()
    for type in [UInt16(16), 20] {
      for _ in 0..<20_000 {
        let payload = (0..<Int.random(in: 0...64, using: &numbers)).map { _ in
          UInt8.random(in: 0...9, using: &numbers)
        }
        let message = NetlinkMessage(type: type, flags: 0, sequence: 1, payload: payload[...])
        if let link = LinkRecord(message) { #expect(link.name.utf8.count <= 64) }
        if let address = AddressRecord(message) { #expect(address.prefixLength <= 32) }
      }
    }
  }

  private static func dumpRequestAsMessage() throws -> [UInt8] {
    NetlinkSocket.Dump.addresses.request(sequence: 7)
  }
}

struct TickClockTests {
  @Test func turnsAStampIntoATimeSinceBootByItsAge() {
    // The counter is 14 hundredths late and the machine slept for 50 s.
    let clock = TickClock(ticks: 100_000, uptimeHundredths: 105_014)
    #expect(clock.uptimeHundredths(ofStamp: 100_000) == 105_014)
    #expect(clock.uptimeHundredths(ofStamp: 99_000) == 104_014)
  }

  @Test func understandsAStampFromBeforeAndAfterTheWrapAt497Days() {
    let wrap = UInt64(1) << 32
    let clock = TickClock(ticks: wrap + 500, uptimeHundredths: wrap + 514)
    #expect(clock.uptimeHundredths(ofStamp: 100) == wrap + 114)
    #expect(clock.uptimeHundredths(ofStamp: UInt32(wrap - 100)) == wrap - 86)
  }

  @Test func aStampThatRoundingPutsAheadIsNow() {
    let clock = TickClock(ticks: 100_000, uptimeHundredths: 100_014)
    #expect(clock.uptimeHundredths(ofStamp: 100_001) == 100_014)
  }

  @Test(
    arguments: [
      (4_294_937_296, 5000), (1_717_956_918, 5000), (1_431_625_765, 0), (429_466_729, 4_000_000_000),
    ] as [(UInt64, UInt64)])
  func findsTheStartOfTheCounterForEachTickRate(start: UInt64, uptimeHundredths: UInt64) {
    let counter = start + uptimeHundredths
    #expect(TickClock.start(counter: counter, uptimeHundredths: uptimeHundredths + 14) == start)
  }

  @Test func givesUpOnACounterItDoesNotUnderstand() {
    #expect(TickClock.start(counter: 12_345, uptimeHundredths: 5000) == nil)
    #expect(TickClock(ticks: nil, uptimeHundredths: 1).uptimeHundredths(ofStamp: 1) == nil)
  }
}
