import CMicroHTTPD
import Glibc

/// The head of the last request on a connection, to know it again: a poller sends the same bytes each time.
///
/// Where every part lies at the same address of the library's memory as it did then, and all bytes between are the
/// same, the guard would see what it saw then, and say the same: reading it anew would cost more than the answer.
@safe
struct KnownHead {
  /// What the library hands over with a head.
  @safe
  struct Source {
    let connection: OpaquePointer
    let method: UnsafePointer<CChar>
    let version: UnsafePointer<CChar>
    /// The target before it was decoded, and where it ended.
    let target: String
    let targetEnd: UnsafeRawPointer?
  }

  /// Where name and value of a field lie, as addresses.
  private struct Field: Equatable {
    let name, nameBytes, value, valueBytes: Int

    init(
      _ name: UnsafePointer<CChar>?, _ nameBytes: Int, _ value: UnsafePointer<CChar>?, _ valueBytes: Int
    ) {
      self.name = Int(bitPattern: name)
      self.nameBytes = nameBytes
      self.value = Int(bitPattern: value)
      self.valueBytes = valueBytes
    }
  }

  /// Longer ones are not kept: many connections may idle.
  private static let maximumBytes = 1_024
  private var source: Source?
  private var bytes: [UInt8] = []
  private var fields: [Field] = []
  /// How many fields were the same, while they are compared; all of them and one more after one that was not.
  private var compared = 0

  /// Whether there is one.
  var isEmpty: Bool { source == nil }

  /// Takes a head that the guard let pass: its parts lie one behind the other.
  mutating func remember(_ new: Source) {
    forget()
    let headerBytes = unsafe vipad_mhd_header_bytes(new.connection)
    guard headerBytes <= Self.maximumBytes else { return }
    unsafe withUnsafeMutablePointer(to: &self) { known in
      _ = unsafe MHD_get_connection_values_n(new.connection, .HEADER_KIND, Self.append, known)
    }
    unsafe bytes.append(contentsOf: UnsafeRawBufferPointer(start: new.method, count: headerBytes))
    source = new
  }

  mutating func forget() {
    source = nil
    bytes.removeAll(keepingCapacity: true)
    fields.removeAll(keepingCapacity: true)
  }

  /// Whether this head is the same.
  mutating func isAgain(_ new: Source) -> Bool {
    guard let source, unsafe source.method == new.method, unsafe source.version == new.version,
      unsafe source.targetEnd == new.targetEnd, unsafe vipad_mhd_header_bytes(new.connection) == bytes.count,
      source.target == new.target
    else { return false }
    compared = 0
    unsafe withUnsafeMutablePointer(to: &self) { known in
      _ = unsafe MHD_get_connection_values_n(new.connection, .HEADER_KIND, Self.compare, known)
    }
    // Only now it is known that all of it lies there.
    return unsafe compared == fields.count && memcmp(bytes, new.method, bytes.count) == 0
  }

  private static let append: MHD_KeyValueIteratorN = { context, _, name, nameBytes, value, valueBytes in
    let field = unsafe Field(name, nameBytes, value, valueBytes)
    unsafe context?.assumingMemoryBound(to: KnownHead.self).pointee.fields.append(field)
    return .YES
  }

  private static let compare: MHD_KeyValueIteratorN = { context, _, name, nameBytes, value, valueBytes in
    guard let known = unsafe context?.assumingMemoryBound(to: KnownHead.self) else { return .NO }
    let field = unsafe Field(name, nameBytes, value, valueBytes)
    return unsafe known.pointee.compare(field) ? .YES : .NO
  }

  private mutating func compare(_ field: Field) -> Bool {
    let isSame = compared < fields.count && fields[compared] == field
    compared = isSame ? compared + 1 : fields.count + 1
    return isSame
  }
}
