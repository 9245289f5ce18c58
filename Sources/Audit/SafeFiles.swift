import Glibc
import SystemPackage

/// Opens the log's own files so that nobody else can have a hand in them: never through a symlink, only regular
/// files of the daemon's user or root that no group or other may write, in a directory of which the same holds.
enum SafeFiles {
  static let fileMode = FilePermissions(rawValue: 0o640)

  /// Checks the log's directory; makes it (0750) when it is missing.
  static func prepareDirectory(_ path: String) throws(AuditError) {
    if try !exists(path) { try check(unsafe mkdir(path, 0o750), "mkdir", path) }
    let stat = try systemCall("lstat", path) { try Stat(FilePath(path), followTargetSymlink: false) }
    guard stat.type == .directory else {
      throw .unsafeFile(
        path: path, reason: "it is a symlink or no directory", remedy: "name the log by its real path")
    }
    try checkOwner(stat, path)
  }

  /// Whether there is anything at a path; a disk that does not tell is an error, never a no.
  static func exists(_ path: String) throws(AuditError) -> Bool {
    do throws(AuditError) {
      _ = try systemCall("lstat", path) { try Stat(FilePath(path), followTargetSymlink: false) }
      return true
    } catch {
      guard case .system(_, _, _, ENOENT) = error else { throw error }
      return false
    }
  }

  /// Opens one of the log's files, with O_NOFOLLOW and O_CLOEXEC; a new one gets mode 0640.
  static func open(
    _ path: String, _ mode: FileDescriptor.AccessMode, _ options: FileDescriptor.OpenOptions
  ) throws(AuditError) -> OpenedFile {
    if let stat = try? Stat(FilePath(path), followTargetSymlink: false), stat.type == .symbolicLink {
      throw .unsafeFile(path: path, reason: "it is a symlink", remedy: "fix: rm \(path)")
    }
    let descriptor = try systemCall("open", path) {
      try FileDescriptor.open(
        FilePath(path), mode, options: options.union([.noFollow, .closeOnExec, .nonBlocking]),
        permissions: options.contains(.create) ? fileMode : nil)
    }
    let file = OpenedFile(descriptor, path: path)
    let stat = try file.stat()
    guard stat.type == .regular else {
      throw .unsafeFile(
        path: path, reason: "it is not a regular file", remedy: "fix: mv \(path) \(path).away")
    }
    try checkOwner(stat, path)
    return file
  }

  /// Creates a file that must not be there yet, with mode 0640 whatever the umask.
  static func create(
    _ path: String, options: FileDescriptor.OpenOptions = []
  ) throws(AuditError) -> OpenedFile {
    let file = try open(path, .writeOnly, options.union([.create, .exclusiveCreate]))
    try check(fchmod(file.descriptor.rawValue, fileMode.rawValue), "fchmod", path)
    return file
  }

  /// Brings the names in a directory to the disk.
  static func syncDirectory(_ path: String) throws(AuditError) {
    let directory = try OpenedFile.reading(path)
    try check(fsync(directory.descriptor.rawValue), "fsync", path)
  }

  private static func checkOwner(_ stat: Stat, _ path: String) throws(AuditError) {
    guard stat.userID.rawValue == geteuid() || stat.userID.rawValue == 0 else {
      throw .unsafeFile(
        path: path, reason: "it belongs to user id \(stat.userID.rawValue)",
        remedy: "fix: chown \(geteuid()) \(path)")
    }
    guard stat.permissions.isDisjoint(with: [.groupWrite, .otherWrite]) else {
      throw .unsafeFile(path: path, reason: "others may write to it", remedy: "fix: chmod go-w \(path)")
    }
  }
}
