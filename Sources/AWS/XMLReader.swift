internal import CExpat

/// Reads a document into a tree, by expat.
///
/// Document types are refused, so there are no entities to expand or fetch; so are documents over 1 MiB and
/// elements nested over 32 deep.
func readXML(_ bytes: [UInt8]) throws(XMLError) -> XMLElement {
  guard bytes.count <= XMLReader.maximumBytes else { throw .tooLong(maximumBytes: XMLReader.maximumBytes) }
  guard let reader = XMLReader() else { throw .outOfMemory }
  return try reader.read(bytes)
}

/// Owns an expat parser for one document.
@safe final class XMLReader {
  static let maximumBytes = 1 << 20
  static let maximumDepth = 32

  private let parser: XML_Parser
  // The elements that are open, outermost first, under one that stands for the document.
  private var open = [XMLElement(name: "")]
  private var refusal: XMLError?

  init?() {
    guard let parser = unsafe XML_ParserCreate(nil) else { return nil }
    unsafe self.parser = unsafe parser
  }

  deinit { unsafe XML_ParserFree(parser) }

  func read(_ bytes: [UInt8]) throws(XMLError) -> XMLElement {
    let status = withExtendedLifetime(self) {
      setHandlers()
      return unsafe bytes.withUnsafeBytes { bytes in
        unsafe XML_Parse(
          parser, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count), 1)
      }
    }
    if let refusal { throw refusal }
    guard status == XML_STATUS_OK, let root = open.first?.children.first else { throw malformed }
    return root
  }

  private var malformed: XMLError {
    let reason = unsafe XML_ErrorString(XML_GetErrorCode(parser)).map { unsafe String(cString: $0) }
    return .malformed(
      line: unsafe Int(XML_GetCurrentLineNumber(parser)), reason: reason ?? "no document element")
  }

  private func setHandlers() {
    // Not retained: `read` keeps the reader alive while expat runs.
    unsafe XML_SetUserData(parser, Unmanaged.passUnretained(self).toOpaque())
    unsafe XML_SetElementHandler(
      parser, { owner, name, _ in unsafe XMLReader.of(owner)?.start(name) },
      { owner, _ in unsafe XMLReader.of(owner)?.end() })
    unsafe XML_SetCharacterDataHandler(
      parser, { unsafe XMLReader.of($0)?.append(UnsafeBufferPointer(start: $1, count: Int($2))) })
    unsafe XML_SetStartDoctypeDeclHandler(
      parser, { owner, _, _, _, _ in unsafe XMLReader.of(owner)?.refuse(.documentType) })
  }

  private static func of(_ pointer: UnsafeMutableRawPointer?) -> XMLReader? {
    unsafe pointer.map { unsafe Unmanaged<XMLReader>.fromOpaque($0).takeUnretainedValue() }
  }

  private func start(_ name: UnsafePointer<XML_Char>?) {
    guard open.count <= Self.maximumDepth else { return refuse(.tooDeep(maximumDepth: Self.maximumDepth)) }
    open.append(XMLElement(name: unsafe name.map { unsafe String(cString: $0) } ?? ""))
  }

  private func end() {
    guard refusal == nil, var element = open.popLast() else { return }
    element.text = String(Substring(element.text).trimmingBlanks())
    open[open.count - 1].children.append(element)
  }

  private func append(_ characters: UnsafeBufferPointer<XML_Char>) {
    guard refusal == nil else { return }
    unsafe open[open.count - 1].text += String(decoding: UnsafeRawBufferPointer(characters), as: UTF8.self)
  }

  // A stopped parser may still report an end or some text: nothing is gathered after a refusal.
  private func refuse(_ error: XMLError) {
    refusal = refusal ?? error
    unsafe XML_StopParser(parser, XML_FALSE)
  }
}
