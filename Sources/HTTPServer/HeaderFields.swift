import CMicroHTTPD

/// The header fields of a request as the library hands them over, one by one.
@safe
struct HeaderFields {
  /// Values without the white space around them; nil once one was not UTF-8.
  var fields: [(name: String, value: String)]? = []
  /// White space around the values, in bytes.
  var paddingBytes = 0
  /// Whether each line began right after the one before it.
  var areAdjacent = true
  /// Where the next line begins in the connection's memory, if the parse has dropped nothing.
  private var nextLine: UnsafeRawPointer?

  /// Reads them all; `version` is the end of the request line in the library's memory.
  init(of connection: OpaquePointer, after version: UnsafePointer<CChar>, versionBytes: Int) {
    // As many as most requests have.
    fields?.reserveCapacity(8)
    unsafe nextLine = UnsafeRawPointer(version) + versionBytes + 2
    unsafe withUnsafeMutablePointer(to: &self) { fields in
      _ = unsafe MHD_get_connection_values_n(connection, .HEADER_KIND, Self.append, fields)
    }
  }

  private static let append: MHD_KeyValueIteratorN = { context, _, name, nameBytes, value, valueBytes in
    guard let context = unsafe context, let name = unsafe name, let value = unsafe value else { return .NO }
    let fields = unsafe context.assumingMemoryBound(to: HeaderFields.self)
    unsafe fields.pointee.append(
      name: UnsafeRawBufferPointer(start: name, count: nameBytes),
      value: UnsafeRawBufferPointer(start: value, count: valueBytes))
    return .YES
  }

  /// Appends one; the library parses in place, so the pointers show what stood between the parts.
  private mutating func append(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
    guard let nameStart = name.baseAddress, let valueStart = value.baseAddress else { return }
    if unsafe nextLine != nameStart { areAdjacent = false }
    unsafe nextLine = valueStart + value.count + 2
    let valueBytes = unsafe value.count - trailingWhiteSpace(value)
    paddingBytes += unsafe valueStart - nameStart - name.count - 1 + value.count - valueBytes
    guard let name = unsafe text(name),
      let value = unsafe text(UnsafeRawBufferPointer(rebasing: value[..<valueBytes]))
    else {
      fields = nil
      return
    }
    fields?.append((name, value))
  }
}

/// How many spaces and tabs the bytes end with.
private func trailingWhiteSpace(_ bytes: UnsafeRawBufferPointer) -> Int {
  var end = bytes.count
  while end > 0, unsafe bytes[end - 1] == 0x20 || bytes[end - 1] == 0x09 { end -= 1 }
  return bytes.count - end
}

/// The bytes as text, nil if they are not UTF-8; for ASCII without the price of the general check.
private func text(_ bytes: UnsafeRawBufferPointer) -> String? {
  unsafe bytes.allSatisfy { $0 < 0x80 }
    ? String(decoding: bytes, as: UTF8.self) : String(validating: bytes, as: UTF8.self)
}
