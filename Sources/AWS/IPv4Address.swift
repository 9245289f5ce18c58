/// An IPv4 address.
public struct IPv4Address: Hashable, Comparable, Sendable, LosslessStringConvertible {
  /// Its 32 bits, the first octet in the highest.
  public let bits: UInt32

  /// Takes an address as 32 bits, the first octet in the highest.
  public init(bits: UInt32) {
    self.bits = bits
  }

  /// Reads four decimal octets without leading zeros, and nothing else; nil for any other text.
  ///
  /// The strict reading is RFC 3986's `IPv4address`: forms like `10.1` or `010.0.0.1` mean different
  /// addresses to different readers.
  public init?(_ text: String) {
    let octets = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard octets.count == 4 else { return nil }
    var bits: UInt32 = 0
    for octet in octets {
      guard let value = decimal(octet, atMost: 255) else { return nil }
      bits = bits << 8 | UInt32(value)
    }
    self.bits = bits
  }

  /// The dotted quad.
  public var description: String {
    [24, 16, 8, 0].map { String(bits >> $0 & 0xff) }.joined(separator: ".")
  }

  /// Orders addresses by their bits.
  public static func < (left: Self, right: Self) -> Bool { left.bits < right.bits }
}

// Digits only, no sign, no leading zero.
func decimal(_ digits: Substring.UTF8View, atMost limit: Int) -> Int? {
  guard (1...3).contains(digits.count), digits.count == 1 || digits.first != UInt8(ascii: "0") else {
    return nil
  }
  var value = 0
  for digit in digits {
    guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
    value = value * 10 + Int(digit - UInt8(ascii: "0"))
  }
  return value <= limit ? value : nil
}
