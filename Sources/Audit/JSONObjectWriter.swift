/// Writes one JSON object in the order of the calls; a nil value leaves its member out.
///
/// Hand-written because the hash covers the bytes and an encoder's order of members is not stable. Whatever a
/// text holds, the result is one line, and a terminal that shows it obeys none of it.
struct JSONObjectWriter {
  private(set) var bytes: [UInt8] = [UInt8(ascii: "{")]

  mutating func add(_ name: StaticString, _ text: String?, maximumBytes: Int) {
    guard let text else { return }
    key(name)
    string(text, maximumBytes: maximumBytes)
  }

  mutating func add(_ name: StaticString, _ number: (some BinaryInteger)?) {
    guard let number else { return }
    key(name)
    bytes.append(contentsOf: String(number).utf8)
  }

  /// Milliseconds with at most three decimals; leaves out what no number can say.
  mutating func add(_ name: StaticString, milliseconds: Double?) {
    guard let milliseconds, abs(milliseconds) < 1e15 else { return }
    let micros = Int64((milliseconds * 1000).rounded())
    key(name)
    if micros < 0 { bytes.append(UInt8(ascii: "-")) }
    bytes.append(contentsOf: String(micros.magnitude / 1000).utf8)
    decimals(micros.magnitude % 1000)
  }

  mutating func add(_ name: StaticString, _ texts: [String], maximumBytes: Int) {
    guard !texts.isEmpty else { return }
    key(name)
    list(texts) { writer, text in writer.string(text, maximumBytes: maximumBytes) }
  }

  mutating func add<Element>(
    _ name: StaticString, _ elements: [Element], object: (inout JSONObjectWriter, Element) -> Void
  ) {
    guard !elements.isEmpty else { return }
    key(name)
    list(elements) { writer, element in writer.nested { object(&$0, element) } }
  }

  mutating func add(_ name: StaticString, object: (inout JSONObjectWriter) -> Void) {
    key(name)
    nested(object)
  }

  mutating func close() { bytes.append(UInt8(ascii: "}")) }

  private mutating func nested(_ content: (inout JSONObjectWriter) -> Void) {
    var object = JSONObjectWriter()
    content(&object)
    object.close()
    bytes.append(contentsOf: object.bytes)
  }

  private mutating func list<Element>(_ elements: [Element], write: (inout Self, Element) -> Void) {
    bytes.append(UInt8(ascii: "["))
    for (index, element) in elements.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      write(&self, element)
    }
    bytes.append(UInt8(ascii: "]"))
  }

  private mutating func key(_ name: StaticString) {
    if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
    bytes.append(contentsOf: "\"\(name)\":".utf8)
  }

  private mutating func string(_ text: String, maximumBytes: Int) {
    bytes.append(UInt8(ascii: "\""))
    bytes.append(contentsOf: escaped(text, maximumBytes: maximumBytes))
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func decimals(_ thousandths: UInt64) {
    guard thousandths > 0 else { return }
    var digits = String(thousandths + 1000).dropFirst()
    while digits.last == "0" { digits = digits.dropLast() }
    bytes.append(UInt8(ascii: "."))
    bytes.append(contentsOf: digits.utf8)
  }
}
