import AWS
import Testing

@Suite struct IPv4AddressTests {
  @Test(arguments: ["0.0.0.0", "10.0.0.1", "100.80.33.100", "255.255.255.255", "192.168.10.200"])
  func readsAndWritesADottedQuad(_ text: String) {
    #expect(IPv4Address(text)?.description == text)
  }

  @Test(arguments: [
    "", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.04", "1.2.3.", ".1.2.3", "1..2.3",
    " 1.2.3.4",
    "1.2.3.4 ", "1.2.3.4\n", "+1.2.3.4", "-1.2.3.4", "0x1.2.3.4", "1.2.3.1000", "1.2.3.4/24", "a.b.c.d",
    "::1",
    "1.2.3.\u{0664}", "1.2.3.4\0",
  ])
  func refusesAllOtherText(_ text: String) {
    #expect(IPv4Address(text) == nil)
  }

  @Test func ordersByNumberNotByText() throws {
    let addresses = try ["10.0.0.10", "9.255.0.0", "10.0.0.9"].map { try #require(IPv4Address($0)) }
    #expect(addresses.sorted().map(\.description) == ["9.255.0.0", "10.0.0.9", "10.0.0.10"])
  }
}
