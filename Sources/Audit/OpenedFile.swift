import Glibc
import SystemPackage

/// Runs a system call; its errno becomes an error that names the call and the file.
func systemCall<Value>(
  _ operation: String, _ path: String, _ body: () throws -> Value
) throws(AuditError) -> Value {
  do {
    return try body()
  } catch {
    throw .system(operation: operation, path: path, reason: "\(error)", errno: (error as? Errno)?.rawValue)
  }
}

/// The same for a call of the C library that returns 0 when it is done.
func check(_ result: Int32, _ operation: String, _ path: String) throws(AuditError) {
  guard result != 0 else { return }
  let error = Errno(rawValue: errno)
  throw .system(operation: operation, path: path, reason: "\(error)", errno: error.rawValue)
}

/// An open file that is closed with its last owner.
final class OpenedFile: Sendable {
  let descriptor: FileDescriptor
  let path: String

  init(_ descriptor: FileDescriptor, path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  deinit { try? descriptor.close() }

  /// Opens a file for reading; symlinks are followed, as for any reader of a file.
  static func reading(_ path: String) throws(AuditError) -> OpenedFile {
    let descriptor = try systemCall("open", path) {
      try FileDescriptor.open(FilePath(path), .readOnly, options: [.closeOnExec])
    }
    return OpenedFile(descriptor, path: path)
  }

  func stat() throws(AuditError) -> Stat {
    try systemCall("fstat", path) { try Stat(descriptor) }
  }

  func size() throws(AuditError) -> Int64 { try stat().size }

  /// Reads at most `count` bytes at an offset; nil at the end of the file.
  func bytes(at offset: Int64, count: Int) throws(AuditError) -> [UInt8]? {
    let bytes = try systemCall("read", path) {
      try unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
        filled = try unsafe descriptor.read(
          fromAbsoluteOffset: offset, into: UnsafeMutableRawBufferPointer(buffer))
      }
    }
    return bytes.isEmpty ? nil : bytes
  }
}
