/// A block of IPv4 addresses, as a subnet has one.
public struct IPv4Network: Hashable, Sendable, LosslessStringConvertible {
  /// The block's first address.
  public let address: IPv4Address
  /// How many leading bits all its addresses share: 0 to 32.
  public let prefixLength: Int

  /// Reads `ADDRESS/LENGTH` (RFC 4632); nil for any other text, and for an address within the block.
  public init?(_ cidr: String) {
    let halves = cidr.split(separator: "/", omittingEmptySubsequences: false)
    guard halves.count == 2, let address = IPv4Address(String(halves[0])),
      let prefixLength = decimal(halves[1].utf8, atMost: 32)
    else { return nil }
    self.address = address
    self.prefixLength = prefixLength
    guard address.bits & ~mask == 0 else { return nil }
  }

  /// `ADDRESS/LENGTH`.
  public var description: String { "\(address)/\(prefixLength)" }

  /// Whether an address is one of the block's.
  public func contains(_ other: IPv4Address) -> Bool {
    other.bits & mask == address.bits
  }

  private var mask: UInt32 { UInt32.max << (32 - prefixLength) }
}
