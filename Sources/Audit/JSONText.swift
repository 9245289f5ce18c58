/// The text between a JSON string's quotes; what would take more bytes is cut and ends in an ellipsis.
///
/// Escaped are, beside RFC 8259's, all characters that end a line or steer a terminal: DEL, C1 controls, the
/// line and paragraph separators, marks of writing direction.
func escaped(_ text: String, maximumBytes: Int) -> [UInt8] {
  if text.utf8.count <= maximumBytes, text.utf8.allSatisfy(isPlain) { return Array(text.utf8) }
  let ellipsis = Array("…".utf8)
  var bytes: [UInt8] = []
  var cut = 0
  for scalar in text.unicodeScalars {
    bytes.append(contentsOf: escaped(scalar))
    if bytes.count > maximumBytes { return bytes[..<cut] + ellipsis }
    if bytes.count <= maximumBytes - ellipsis.count { cut = bytes.count }
  }
  return bytes
}

private func escaped(_ scalar: Unicode.Scalar) -> [UInt8] {
  switch scalar {
  case "\"": Array("\\\"".utf8)
  case "\\": Array("\\\\".utf8)
  case "\n": Array("\\n".utf8)
  case "\r": Array("\\r".utf8)
  case "\t": Array("\\t".utf8)
  case _ where steers(scalar): hexEscape(scalar)
  default: Array(UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
  }
}

private func isPlain(_ byte: UInt8) -> Bool {
  (0x20..<0x7f).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
}

private func steers(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.value {
  case ..<0x20, 0x7f...0x9f, 0x061c, 0x200e...0x200f, 0x2028...0x202e, 0x2066...0x2069, 0xfeff: true
  default: false
  }
}

// Every scalar that steers lies below U+10000, so that four digits do.
private func hexEscape(_ scalar: Unicode.Scalar) -> [UInt8] {
  let digits = String(scalar.value, radix: 16)
  return Array("\\u".utf8) + Array(repeating: UInt8(ascii: "0"), count: 4 - digits.count) + Array(digits.utf8)
}
