/// Whether a text can be a TOML value without quotes: a boolean, a number, a date or a time.
///
/// Wider than TOML, which TOMLKit knows best, but with every digit of a date in its place: where one is missing
/// TOMLKit 0.6.0 ends the process by assert(3).
func mayBeTOMLScalar(_ text: String) -> Bool {
  let bytes = Array(text.utf8)
  if bytes.contains(UInt8(ascii: ":")) || isDated(bytes) { return isDateOrTime(bytes) }
  return text == "true" || text == "false" || isNumber(bytes)
}

/// `1979-`: what TOMLKit takes for a date.
private func isDated(_ bytes: [UInt8]) -> Bool {
  bytes.prefix { isDigit($0) }.count == 4 && bytes.dropFirst(4).first == UInt8(ascii: "-")
}

private func isNumber(_ bytes: [UInt8]) -> Bool {
  var digits = bytes[...]
  if let first = digits.first, "+-".utf8.contains(first) { digits.removeFirst() }
  if digits.elementsEqual("inf".utf8) || digits.elementsEqual("nan".utf8) { return true }
  return digits.first.map(isDigit) == true
    && digits.allSatisfy { isDigit($0) || isLetter($0) || "_.+-".utf8.contains($0) }
}

private func isDateOrTime(_ bytes: [UInt8]) -> Bool {
  var rest = bytes[...]
  if isDated(bytes) {
    guard take("dddd-dd-dd", from: &rest) else { return false }
    if rest.isEmpty { return true }
    guard let mark = rest.popFirst(), "Tt ".utf8.contains(mark) else { return false }
  }
  guard take("dd:dd:dd", from: &rest), takeFraction(from: &rest) else { return false }
  if rest.elementsEqual("Z".utf8) || rest.elementsEqual("z".utf8) || rest.isEmpty { return true }
  return (take("+dd:dd", from: &rest) || take("-dd:dd", from: &rest)) && rest.isEmpty
}

/// Takes what a mask shows, each `d` a digit.
private func take(_ mask: String, from rest: inout ArraySlice<UInt8>) -> Bool {
  let bytes = rest.prefix(mask.utf8.count)
  let fits =
    bytes.count == mask.utf8.count
    && zip(bytes, mask.utf8).allSatisfy { $1 == UInt8(ascii: "d") ? isDigit($0) : $0 == $1 }
  if fits { rest = rest.dropFirst(bytes.count) }
  return fits
}

/// False for a point without digits.
private func takeFraction(from rest: inout ArraySlice<UInt8>) -> Bool {
  guard rest.first == UInt8(ascii: ".") else { return true }
  let digits = rest.dropFirst().prefix { isDigit($0) }
  rest = rest.dropFirst(digits.count + 1)
  return !digits.isEmpty
}

private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

private func isLetter(_ byte: UInt8) -> Bool {
  (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
}
