/// The name and value pairs of a query, decoded.
func decodeQuery(_ query: String) -> [(name: String, value: String)] {
  query.utf8.split(separator: UInt8(ascii: "&")).map { pair in
    let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
    return (decodeComponent(parts[0]), parts.count > 1 ? decodeComponent(parts[1]) : "")
  }
}

/// A percent-encoded component as text; an escape that is none stays as it is.
private func decodeComponent(_ encoded: Substring.UTF8View) -> String {
  var bytes: [UInt8] = []
  var rest = encoded
  while let byte = rest.popFirst() {
    if byte == UInt8(ascii: "%"), let decoded = hexadecimalByte(rest.prefix(2)) {
      bytes.append(decoded)
      rest = rest.dropFirst(2)
    } else {
      bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
    }
  }
  return String(decoding: bytes, as: UTF8.self)
}

/// The byte that two hexadecimal digits stand for.
private func hexadecimalByte(_ digits: Substring.UTF8View.SubSequence) -> UInt8? {
  let values = digits.compactMap(hexadecimalValue)
  return values.count == 2 ? values[0] << 4 | values[1] : nil
}
