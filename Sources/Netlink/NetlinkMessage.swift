/// A message of netlink(7): the header's fields that are looked at, and what follows the header.
struct NetlinkMessage {
  let type: UInt16
  let flags: UInt16
  let sequence: UInt32
  let payload: ArraySlice<UInt8>

  private static let headerBytes = 16

  /// The messages of one datagram; what does not add up ends the list.
  static func all(in datagram: ArraySlice<UInt8>) -> [NetlinkMessage] {
    var messages: [NetlinkMessage] = []
    var rest = datagram
    while let length = rest.number(at: 0, as: UInt32.self).map(Int.init),
      length >= headerBytes, length <= rest.count,
      let type = rest.number(at: 4, as: UInt16.self),
      let flags = rest.number(at: 6, as: UInt16.self),
      let sequence = rest.number(at: 8, as: UInt32.self)
    {
      messages.append(
        NetlinkMessage(
          type: type, flags: flags, sequence: sequence,
          payload: rest.prefix(length).dropFirst(headerBytes)))
      rest = rest.dropFirst(aligned(length))
    }
    return messages
  }

  /// The attributes that follow a fixed part of so many bytes, by their type (rtnetlink(3)).
  func attributes(after fixedBytes: Int) -> [UInt16: ArraySlice<UInt8>] {
    var attributes: [UInt16: ArraySlice<UInt8>] = [:]
    var rest = payload.dropFirst(Self.aligned(fixedBytes))
    while let length = rest.number(at: 0, as: UInt16.self).map(Int.init), length >= 4, length <= rest.count,
      let type = rest.number(at: 2, as: UInt16.self)
    {
      // The two highest bits say how the value is built (NLA_TYPE_MASK).
      attributes[type & 0x3FFF] = rest.prefix(length).dropFirst(4)
      rest = rest.dropFirst(Self.aligned(length))
    }
    return attributes
  }

  private static func aligned(_ count: Int) -> Int { (count + 3) & ~3 }
}

extension ArraySlice<UInt8> {
  /// The number in this machine's byte order that many bytes from the start; nil beyond the end.
  func number<Number: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: Number.Type) -> Number? {
    guard count >= offset + MemoryLayout<Number>.size else { return nil }
    return unsafe withUnsafeBytes { unsafe $0.loadUnaligned(fromByteOffset: offset, as: type) }
  }
}

extension [UInt8] {
  /// Appends a number in this machine's byte order.
  mutating func append<Number: FixedWidthInteger>(number: Number) {
    unsafe Swift.withUnsafeBytes(of: number) { unsafe append(contentsOf: $0) }
  }
}
