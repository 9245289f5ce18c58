/// The number of a dotted quad, strictly: four decimal parts of 0 to 255 without leading zeros.
func ipv4Number(_ text: String) -> UInt32? {
  let parts = text.split(separator: ".", omittingEmptySubsequences: false)
  guard parts.count == 4 else { return nil }
  var number: UInt32 = 0
  for part in parts {
    guard let octet = UInt8(part), String(octet) == part else { return nil }
    number = number << 8 | UInt32(octet)
  }
  return number
}

/// The dotted quad of a number.
func dottedQuad(_ number: UInt32) -> String {
  [24, 16, 8, 0].map { String(number >> UInt32($0) & 255) }.joined(separator: ".")
}

/// A subnet's IPv4 addresses.
struct SubnetRange: Sendable, Equatable {
  let first: UInt32
  let last: UInt32

  /// Reads `100.80.33.0/24`; nil unless it is a network's first address and a length EC2 allows.
  init?(_ cidr: String) {
    let parts = cidr.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let base = ipv4Number(String(parts[0])), let length = UInt32(parts[1]),
      (16...28).contains(length)
    else { return nil }
    let size = UInt32(1) << (32 - length)
    guard base % size == 0 else { return nil }
    first = base
    last = base + (size - 1)
  }

  func contains(_ number: UInt32) -> Bool { (first...last).contains(number) }

  /// What EC2 hands out: not its own first four addresses nor the last.
  var usable: ClosedRange<UInt32> { first + 4...last - 1 }
}
