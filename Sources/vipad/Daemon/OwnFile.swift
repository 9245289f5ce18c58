import Glibc
import SystemPackage

/// A small file that the daemon itself writes, whole or not at all.
struct OwnFile {
  let path: FilePath

  init(_ path: String) {
    self.path = FilePath(path)
  }

  /// Writes the bytes to a new file beside it and puts that in its place: a reader sees the old or the new one.
  ///
  /// - Throws: `OwnFileError` with the path and the reason.
  func replace(with bytes: [UInt8], permissions: FilePermissions, groupId: UInt32? = nil) throws {
    let fresh = FilePath(path.string + ".new")
    do {
      unsafe unlink(fresh.string)
      let file = try FileDescriptor.open(
        fresh, .writeOnly, options: [.create, .exclusiveCreate, .noFollow], permissions: permissions)
      try file.closeAfter {
        if let groupId { try change(file, toGroup: groupId) }
        try file.writeAll(bytes)
      }
      try rename(fresh, to: path)
    } catch let reason as Errno {
      throw OwnFileError(path: path.string, reason: reason)
    }
  }

  /// Only where it is another one: under the unit's system call filter nobody may change a file's group.
  private func change(_ file: FileDescriptor, toGroup groupId: UInt32) throws(Errno) {
    var found = stat()
    if unsafe fstat(file.rawValue, &found) == 0, found.st_gid == groupId { return }
    guard fchown(file.rawValue, uid_t.max, groupId) == 0 else { throw Errno(rawValue: errno) }
  }

  private func rename(_ from: FilePath, to: FilePath) throws(Errno) {
    guard unsafe Glibc.rename(from.string, to.string) == 0 else { throw Errno(rawValue: errno) }
  }
}

/// Why a file of the daemon's could not be written.
struct OwnFileError: Error, CustomStringConvertible {
  let path: String
  let reason: Errno

  var description: String {
    "cannot write \(path): \(reason); \(Self.remedy)"
  }

  static let remedy = "make its directory and let vipad's user write there"
}
