import Testing

@testable import Netlink

struct InterfaceListTests {
  @Test(.enabled(if: NetworkNamespace.hasIp, "needs ip of iproute2"))
  func agreesWithTheIpCommand() throws {
    let listed = try kernelInterfaces()
    let links = try ip("-o link show").map(IpLink.init)
    #expect(listed.map(\.name) == links.map(\.name))
    #expect(listed.map(\.macAddress) == links.map(\.macAddress))
    #expect(listed.map(\.isUp) == links.map(\.isUp))
    for interface in listed {
      let addresses = try ip("-o -4 addr show dev \(interface.name)").compactMap { line in
        line.split(separator: " ").drop { $0 != "inet" }.dropFirst().first.map(String.init)
      }
      #expect(interface.addresses.map { "\($0.address)/\($0.prefixLength)" } == addresses)
    }
  }

  @Test func alwaysKnowsLoopback() throws {
    let loopback = try #require(try kernelInterfaces().first { $0.name == "lo" })
    #expect(loopback.macAddress == nil)
  }

  @Test(.enabled(if: NetworkNamespace.obstacle == nil, "needs root and ip"))
  func listsTheSameAddressWithTwoPrefixLengthsUntilTheLastIsGone() async throws {
    try await NetworkNamespace.run {
      try ip("addr add 10.9.0.1/24 dev lo")
      try ip("addr add 10.9.0.1/32 dev lo label lo:vip")
      #expect(try loopbackAddresses() == ["127.0.0.1/8", "10.9.0.1/32", "10.9.0.1/24"].sorted())
      try ip("addr del 10.9.0.1/24 dev lo")
      #expect(try loopbackAddresses() == ["127.0.0.1/8", "10.9.0.1/32"].sorted())
      try ip("addr del 10.9.0.1/32 dev lo")
      #expect(try loopbackAddresses() == ["127.0.0.1/8"])
    }
  }

  @Test(.enabled(if: NetworkNamespace.obstacle == nil, "needs root and ip"))
  func knowsTheNetworkOfAnAddress() async throws {
    try await NetworkNamespace.run {
      try ip("addr add 10.9.77.5/20 dev lo")
      try ip("addr add 10.8.0.1 peer 192.168.7.9/24 dev lo")
      try ip("addr add 10.7.0.1/0 dev lo")
      let networks = try loopback().addresses.map { "\($0.address) \($0.network)" }
      #expect(
        networks.sorted() == [
          "10.7.0.1 0.0.0.0/0", "10.8.0.1 192.168.7.0/24", "10.9.77.5 10.9.64.0/20",
          "127.0.0.1 127.0.0.0/8",
        ])
    }
  }

  @Test(.enabled(if: NetworkNamespace.obstacle == nil, "needs root and ip"))
  func knowsALinkWithoutCarrierAndOneSwitchedOff() async throws {
    try await NetworkNamespace.run {
      try ip("link add vip0 type veth peer name vip1")
      #expect(try state(of: "vip0") == [false, false])
      try ip("link set vip0 up")
      #expect(try state(of: "vip0") == [true, false])
      // The kernel may take a second to notice the carrier.
      let changes = Changes()
      let watcher = try changes.watcher()
      defer { watcher.stop() }
      try ip("link set vip1 up")
      try changes.wait { try state(of: "vip0") == [true, true] }
      try ip("link set vip0 down")
      #expect(try state(of: "vip0") == [false, false])
    }
  }

  @Test(.enabled(if: NetworkNamespace.obstacle == nil, "needs root and ip"))
  func tellsWhenAnAddressWasCreatedByTheClockOfProcUptime() async throws {
    try await NetworkNamespace.run {
      let before = uptimeSeconds()
      try ip("addr add 10.9.0.1/32 dev lo")
      let after = uptimeSeconds()
      let created = try #require(try creationSeconds(of: "10.9.0.1"))
      #expect(created >= before - 0.02 && created <= after + 0.02, "\(before) \(created) \(after)")

      try ip("addr change 10.9.0.1/32 dev lo valid_lft 1000 preferred_lft 1000")
      #expect(abs(try #require(try creationSeconds(of: "10.9.0.1")) - created) <= 0.02)

      let removal = uptimeSeconds()
      try ip("addr del 10.9.0.1/32 dev lo")
      try ip("addr add 10.9.0.1/32 dev lo")
      #expect(try #require(try creationSeconds(of: "10.9.0.1")) >= removal - 0.02)
    }
  }

  @Test(.enabled(if: NetworkNamespace.obstacle == nil, "needs root and ip"))
  func listsThousandsOfAddresses() async throws {
    try await NetworkNamespace.run {
      try lines(
        of:
          "seq 1 3000 | awk '{print \"addr add 10.8.\" int($1/250) \".\" $1%250 \"/32 dev lo\"}' | ip -batch -"
      )
      let addresses = try loopback().addresses
      #expect(addresses.count == 3001)
      #expect(Set(addresses.map(\.address)).count == 3001)
    }
  }
}

func loopback() throws -> KernelInterface {
  try #require(try kernelInterfaces().first { $0.name == "lo" })
}

private func loopbackAddresses() throws -> [String] {
  try loopback().addresses.map { "\($0.address)/\($0.prefixLength)" }.sorted()
}

private func creationSeconds(of address: String) throws -> Double? {
  try loopback().addresses.first { $0.address == address }?.createdAtHundredths.map { Double($0) / 100 }
}

private func state(of name: String) throws -> [Bool] {
  let interface = try #require(try kernelInterfaces().first { $0.name == name })
  return [interface.isUp, interface.isRunning]
}

/// A line of `ip -o link show`: `2: eth0@if3: <UP,...> ... link/ether 06:.. brd ..`.
private struct IpLink {
  let name: String
  let macAddress: String?
  let isUp: Bool

  init(_ line: Substring) {
    let words = line.split(separator: " ")
    name = String(words[1].prefix { $0 != ":" && $0 != "@" })
    isUp = words[2].dropFirst().dropLast().split(separator: ",").contains("UP")
    macAddress = words.firstIndex(of: "link/ether").map { String(words[$0 + 1]) }
  }
}
