/// The byte in lower case if it is an ASCII capital.
@inline(__always)
func lowerCased(_ byte: UInt8) -> UInt8 {
  (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
}

/// Whether two texts are the same but for the case of ASCII letters, as names of header fields are compared.
func equalIgnoringCase(_ left: String, _ right: String) -> Bool {
  // Most clients spell names as we do: comparing as they stand is cheap.
  left == right
    || left.utf8.count == right.utf8.count
      && zip(left.utf8, right.utf8).allSatisfy { lowerCased($0) == lowerCased($1) }
}

/// Whether all bytes of a text have a property; quicker than `utf8.allSatisfy`, which steps through the text.
@inline(__always)
func allBytes(of text: String, _ hold: (UInt8) -> Bool) -> Bool {
  unsafe text.utf8.withContiguousStorageIfAvailable { unsafe $0.allSatisfy(hold) }
    ?? text.utf8.allSatisfy(hold)
}

/// Whether the byte is a control character, DEL among them.
@inline(__always)
func isControl(_ byte: UInt8) -> Bool { byte < 0x20 || byte == 0x7F }

/// Whether the text is a token, as methods and names of header fields are.
///
/// Source: RFC 9110 section 5.6.2.
func isToken(_ text: String) -> Bool {
  !text.isEmpty && allBytes(of: text, isTokenByte)
}

@inline(__always)
private func isTokenByte(_ byte: UInt8) -> Bool {
  let set = byte < 64 ? tokenBytes.low : tokenBytes.high
  return byte < 128 && set >> UInt64(byte & 63) & 1 == 1
}

/// The bytes of tokens as a set of bits: 0 to 63, 64 to 127.
private let tokenBytes: (low: UInt64, high: UInt64) = {
  let symbols = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
  return symbols.utf8.reduce(into: (0, 0)) { set, byte in
    if byte < 64 { set.0 |= 1 << UInt64(byte) } else { set.1 |= 1 << UInt64(byte - 64) }
  }
}()

/// The value of an ASCII hexadecimal digit.
func hexadecimalValue(_ digit: UInt8) -> UInt8? {
  switch digit {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
  case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
  case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
  default: nil
  }
}
