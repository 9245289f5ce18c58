import Glibc
import SystemPackage

/// A small file that the daemon itself writes, whole or not at all, where nobody else can have a hand in it.
///
/// The file and its directory are neither symbolic links nor another user's, and no group or other may write there.
struct OwnFile {
  let path: FilePath

  init(_ path: String) {
    self.path = FilePath(path)
  }

  /// Writes the bytes to a new file beside it and puts that in its place: a reader sees the old or the new one.
  ///
  /// It gets the permissions whatever the umask, and the group; nil leaves it the process's own.
  ///
  /// - Throws: `OwnFileError` with the path, the reason and what to do.
  func replace(with bytes: [UInt8], permissions: FilePermissions, groupId: UInt32? = nil) throws(OwnFileError)
  {
    let directory = try openDirectory()
    defer { close(directory) }
    try checkPlace(in: directory)
    let name = path.lastComponent?.string ?? ""
    let fresh = name + ".new"
    unsafe unlinkat(directory, fresh, 0)
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
    let file = FileDescriptor(
      rawValue: try attempt("create it") { unsafe openat(directory, fresh, flags, 0o600) })
    defer { try? file.close() }
    try fill(file, bytes, permissions, groupId)
    _ = try attempt("replace it") { unsafe renameat(directory, fresh, directory, name) }
    // After a power cut there is the old one or the new one, never an empty one.
    _ = try attempt("keep it") { fsync(directory) }
  }

  private func fill(
    _ file: FileDescriptor, _ bytes: [UInt8], _ permissions: FilePermissions, _ groupId: UInt32?
  ) throws(OwnFileError) {
    try change(file, toGroup: groupId)
    _ = try attempt("set its mode") { fchmod(file.rawValue, permissions.rawValue) }
    do {
      try file.writeAll(bytes)
    } catch {
      throw failure("write it", error as? Errno ?? .ioError)
    }
    _ = try attempt("keep it") { fdatasync(file.rawValue) }
  }

  /// Only where it is another one: under the unit's system call filter nobody may change a file's group.
  private func change(_ file: FileDescriptor, toGroup groupId: UInt32?) throws(OwnFileError) {
    var found = stat()
    guard let groupId, unsafe fstat(file.rawValue, &found) != 0 || found.st_gid != groupId else { return }
    _ = try attempt("give it to group id \(groupId)") { fchown(file.rawValue, .max, groupId) }
  }

  /// The directory, open and checked, so that it stays the one that was checked.
  private func openDirectory() throws(OwnFileError) -> Int32 {
    let name = path.removingLastComponent().string
    let opened = unsafe open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard opened >= 0 else {
      let reason = Errno(rawValue: errno)
      throw reason == .notDirectory || reason == .tooManySymbolicLinkLevels
        ? error("\(name) is a symbolic link or no directory", "name the file by its real path")
        : error("cannot open \(name): \(reason)", "fix: install -d -m 755 -o \(geteuid()) \(name)")
    }
    var found = stat()
    unsafe fstat(opened, &found)
    guard let flaw = flaw(found, name) else { return opened }
    close(opened)
    throw flaw
  }

  /// What is there already must be a file of the daemon's own kind, or nothing.
  private func checkPlace(in directory: Int32) throws(OwnFileError) {
    var found = stat()
    let name = path.lastComponent?.string ?? ""
    guard unsafe fstatat(directory, name, &found, AT_SYMLINK_NOFOLLOW) == 0 else { return }
    let kind = found.st_mode & S_IFMT
    if kind == S_IFLNK { throw error("it is a symbolic link", "fix: rm \(path)") }
    if kind != S_IFREG { throw error("it is not a regular file", "fix: mv \(path) \(path).away") }
    if let flaw = flaw(found, path.string) { throw flaw }
  }

  private func flaw(_ found: stat, _ name: String) -> OwnFileError? {
    if found.st_uid != 0 && found.st_uid != geteuid() {
      return error("\(name) belongs to user id \(found.st_uid)", "fix: chown \(geteuid()) \(name)")
    }
    return found.st_mode & 0o022 == 0
      ? nil : error("others may write to \(name)", "fix: chmod go-w \(name)")
  }

  private func attempt(_ what: String, _ call: () -> Int32) throws(OwnFileError) -> Int32 {
    let result = call()
    guard result >= 0 else { throw failure(what, Errno(rawValue: errno)) }
    return result
  }

  private func failure(_ what: String, _ reason: Errno) -> OwnFileError {
    error("cannot \(what): \(reason)", "let user id \(geteuid()) write in \(path.removingLastComponent())")
  }

  private func error(_ reason: String, _ remedy: String) -> OwnFileError {
    OwnFileError(path: path.string, reason: reason, remedy: remedy)
  }
}

/// Why a file of the daemon's is not written.
struct OwnFileError: Error, CustomStringConvertible {
  let path: String
  let reason: String
  let remedy: String

  var description: String { "cannot write \(path): \(reason); \(remedy)" }
}
