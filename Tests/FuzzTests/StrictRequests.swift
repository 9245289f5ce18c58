/// Reads a stream of requests as strictly as RFC 9112 can be read, and ends at the first doubt.
///
/// Written without a look at `RequestGuard`, so that both can be compared.
struct StrictRequests {
  struct Request: Equatable {
    var method, target, version: String
    var fields: [Field]
    var body: [UInt8]
  }

  struct Field: Equatable {
    var name, value: String
  }

  private(set) var requests: [Request] = []
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) {
    rest = bytes[...]
    while let request = next() { requests.append(request) }
  }

  private mutating func next() -> Request? {
    skipEmptyLines()
    guard let lines = header(), let first = lines.first, let (method, target, version) = Self.words(of: first)
    else { return nil }
    var request = Request(method: method, target: target, version: version, fields: [], body: [])
    for line in lines.dropFirst() {
      guard let field = Self.field(line) else { return nil }
      request.fields.append(field)
    }
    guard let count = Self.bodyBytes(request), count <= rest.count else { return nil }
    request.body = Array(rest.prefix(count))
    rest = rest.dropFirst(count)
    return request
  }

  /// Before a request libmicrohttpd 0.9.75 passes over lines that are empty or begin with a NUL, with a carriage return
  /// before the line feed or without; behind it nobody can tell.
  private mutating func skipEmptyLines() {
    while let end = rest.firstIndex(of: 0x0A),
      rest.first == 0 || rest.starts(with: [0x0A]) || rest.starts(with: [0x0D, 0x0A])
    {
      rest = rest[(end + 1)...]
    }
  }

  /// The lines up to the empty one, without their CRLFs; nil if there is none, or a line has a byte that ends lines or
  /// texts elsewhere.
  ///
  /// A NUL and a line feed count as CRLF: libmicrohttpd 0.9.75 puts NULs in CRLF's place, so that behind it nobody
  /// can tell them apart.
  private mutating func header() -> [ArraySlice<UInt8>]? {
    var lines: [ArraySlice<UInt8>] = []
    while let end = rest.firstIndex(where: { [0, 0x0A, 0x0D].contains($0) }) {
      lines.append(rest[..<end])
      if Self.endsHeader(rest[end...].prefix(4)) {
        rest = rest[(end + 4)...]
        return lines
      }
      guard rest[end...].starts(with: [0x0D, 0x0A]) || rest[end...].starts(with: [0, 0x0A]) else {
        return nil
      }
      rest = rest[(end + 2)...]
    }
    return nil
  }

  /// Whether these are the CRLF of a header's last line and the empty line.
  private static func endsHeader(_ bytes: ArraySlice<UInt8>) -> Bool {
    bytes.count == 4 && headerEnds.contains { zip($0, bytes).allSatisfy { $0.contains($1) } }
  }

  /// The bytes that may stand at each of the four places.
  ///
  /// libmicrohttpd 0.9.75 ends lines at a bare line feed too, takes a line that begins with a NUL or a colon for the
  /// empty one, and all these leave the same four NULs in its memory.
  private static let headerEnds: [[Set<UInt8>]] = {
    let (nul, lineFeed, carriageReturn, colon) = (UInt8(0), UInt8(0x0A), UInt8(0x0D), UInt8(ascii: ":"))
    return [
      [[carriageReturn, nul], [lineFeed], [carriageReturn, nul, colon], [lineFeed]],
      [[lineFeed], [nul, colon], [carriageReturn, nul], [lineFeed]],
      [[nul], [carriageReturn, nul], [lineFeed], [lineFeed]],
    ]
  }()

  private static func words(
    of line: ArraySlice<UInt8>
  ) -> (method: String, target: String, version: String)? {
    guard let first = line.firstIndex(of: 0x20), let last = line.lastIndex(of: 0x20), first < last,
      let method = text(line[..<first]), let target = text(line[(first + 1)..<last]),
      let version = text(line[(last + 1)...]), !method.isEmpty, !target.isEmpty, !version.isEmpty
    else { return nil }
    return (method, target, version)
  }

  private static func field(_ line: ArraySlice<UInt8>) -> Field? {
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
      line[..<colon].allSatisfy(isTokenByte), let name = text(line[..<colon])
    else { return nil }
    var value = line[(colon + 1)...]
    while let byte = value.first, byte == 0x20 || byte == 0x09 { value.removeFirst() }
    while let byte = value.last, byte == 0x20 || byte == 0x09 { value.removeLast() }
    guard value.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }), let value = text(value) else { return nil }
    return Field(name: name, value: value)
  }

  /// RFC 9112 section 6.3, for a reader that takes no transfer coding; nil where the length is in doubt.
  private static func bodyBytes(_ request: Request) -> Int? {
    let named = Dictionary(grouping: request.fields) { $0.name.lowercased() }
    guard named["transfer-encoding"] == nil else { return nil }
    guard let lengths = named["content-length"] else { return 0 }
    guard lengths.count == 1, let digits = lengths.first?.value.utf8, !digits.isEmpty,
      digits.allSatisfy({ (0x30...0x39).contains($0) })
    else { return nil }
    return Int(String(digits))
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String? {
    String(validating: bytes, as: UTF8.self)
  }

  /// RFC 9110 section 5.6.2.
  static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"):
      true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }
}
