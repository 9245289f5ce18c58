import AWS
import Testing

@Suite struct IPv4NetworkTests {
  @Test(arguments: [
    ("10.0.1.0/24", "10.0.1.0", "10.0.1.255", "10.0.0.255", "10.0.2.0"),
    ("100.80.33.64/28", "100.80.33.64", "100.80.33.79", "100.80.33.63", "100.80.33.80"),
    ("10.0.0.0/9", "10.0.0.0", "10.127.255.255", "10.128.0.0", "9.255.255.255"),
    ("10.0.0.7/32", "10.0.0.7", "10.0.0.7", "10.0.0.6", "10.0.0.8"),
  ])
  func containsItsAddressesOnly(
    _ cidr: String, _ first: String, _ last: String, _ outside: String, _ beyond: String
  ) throws {
    let network = try #require(IPv4Network(cidr))
    #expect(network.description == cidr)
    for (text, isInside) in [(first, true), (last, true), (outside, false), (beyond, false)] {
      #expect(network.contains(try #require(IPv4Address(text))) == isInside)
    }
  }

  @Test func containsEverythingWithLengthZero() throws {
    let all = try #require(IPv4Network("0.0.0.0/0"))
    #expect(all.contains(try #require(IPv4Address("255.255.255.255"))))
  }

  @Test(arguments: [
    "", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "10.0.0.1/24", "10.0.0.0/24/24",
    "10.0.0/24", "/24", "10.0.0.0/2 4", "10.0.0.0/255.255.255.0",
  ])
  func refusesAllOtherText(_ cidr: String) {
    #expect(IPv4Network(cidr) == nil)
  }
}
