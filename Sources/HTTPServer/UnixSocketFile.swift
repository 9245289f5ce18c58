// The C library's socket types come with whichever C module is built first.
import CMicroHTTPD
import Glibc

/// A Unix socket that listens, and its file.
///
/// Its directory must be nobody else's to write, and no link: else another user could put a socket there and
/// read what callers send. A lock on the directory lets one process at a time look and bind, but not for long: whoever
/// may read the directory could hold it for good, and keep the daemon from starting.
struct UnixSocketFile: Sendable {
  let descriptor: Int32
  private let path: String
  private let device: dev_t
  private let inode: ino_t

  /// Takes the place of a dead daemon's socket, never of a living one's.
  init(path: String, permissions: UInt32, groupId: UInt32?, backlog: Int32) throws(HTTPServerError) {
    let directory = try openDirectory(of: path)
    defer { close(directory) }
    lockForAWhile(directory)
    try removeStaleSocket(path)
    descriptor = makeSocket(family: AF_UNIX)
    self.path = path
    do throws(HTTPServerError) {
      (device, inode) = try bindFile(
        descriptor, path: path, permissions: permissions, groupId: groupId, backlog: backlog)
    } catch {
      close(descriptor)
      throw error
    }
  }

  /// Removes the file unless another daemon has put its own there.
  func unlinkIfOurs() {
    guard let found = status(of: path), found.st_dev == device, found.st_ino == inode else { return }
    unsafe unlink(path)
  }
}

/// Waits at most a second for a daemon that is just looking and binding.
private func lockForAWhile(_ directory: Int32) {
  for _ in 0..<100 where flock(directory, LOCK_EX | LOCK_NB) != 0 {
    usleep(10_000)
  }
}

/// Binds, sets group and mode, and only then listens: nobody gets in before the mode is right.
private func bindFile(
  _ descriptor: Int32, path: String, permissions: UInt32, groupId: UInt32?, backlog: Int32
) throws(HTTPServerError) -> (dev_t, ino_t) {
  guard unsafe withUnixAddress(path, { unsafe bind(descriptor, $0, $1) }) == 0 else {
    throw failure(path, "bind")
  }
  // Not where it is right already: a system call filter may forbid it.
  if let groupId, status(of: path)?.st_gid != groupId, unsafe lchown(path, .max, groupId) != 0 {
    throw failure(path, "set the group to \(groupId)")
  }
  guard unsafe chmod(path, mode_t(permissions)) == 0 else { throw failure(path, "set the mode") }
  guard listen(descriptor, backlog) == 0, let made = status(of: path) else { throw failure(path, "listen") }
  return (made.st_dev, made.st_ino)
}

/// Opens the directory of a socket and checks whose it is.
private func openDirectory(of path: String) throws(HTTPServerError) -> Int32 {
  guard path.utf8.first == UInt8(ascii: "/"), path.utf8.count < 108 else {
    throw .cannotListen(
      on: path, reason: "not an absolute path of at most 107 bytes", remedy: "choose another path")
  }
  let end = path.utf8.lastIndex(of: UInt8(ascii: "/")) ?? path.utf8.startIndex
  let name = end == path.utf8.startIndex ? "/" : String(path[..<end])
  let descriptor = unsafe open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
  guard descriptor >= 0 else { throw cannotOpenDirectory(name, of: path, errno) }
  var found = stat()
  unsafe fstat(descriptor, &found)
  if let flaw = flaw(found, name) {
    close(descriptor)
    throw .cannotListen(on: path, reason: flaw.reason, remedy: flaw.remedy)
  }
  return descriptor
}

private func cannotOpenDirectory(_ name: String, of path: String, _ code: Int32) -> HTTPServerError {
  let isNone = code == ENOTDIR || code == ELOOP
  return .cannotListen(
    on: path,
    reason: isNone ? "\(name) is a symbolic link or no directory" : "cannot open \(name): \(reason(code))",
    remedy: isNone
      ? "name the socket by its real path" : "fix: install -d -m 755 -o \(geteuid()) \(name)")
}

/// Why nothing in a directory like this may be trusted.
private func flaw(_ found: stat, _ name: String) -> (reason: String, remedy: String)? {
  if found.st_uid != geteuid() && found.st_uid != 0 {
    return ("\(name) belongs to user id \(found.st_uid)", "fix: chown \(geteuid()) \(name)")
  }
  guard found.st_mode & 0o022 != 0 else { return nil }
  return ("others may write to \(name)", "fix: chmod go-w \(name)")
}

/// Removes a socket that nobody answers on; throws if anything else is there.
private func removeStaleSocket(_ path: String) throws(HTTPServerError) {
  guard let found = status(of: path) else { return }
  guard found.st_mode & S_IFMT == S_IFSOCK else {
    let isLink = found.st_mode & S_IFMT == S_IFLNK
    throw .cannotListen(
      on: path, reason: isLink ? "a symbolic link is there" : "something that is no socket is there",
      remedy: isLink ? "fix: rm \(path)" : "fix: mv \(path) \(path).away")
  }
  if found.st_uid != geteuid() && found.st_uid != 0 {
    throw .cannotListen(
      on: path, reason: "a socket of user id \(found.st_uid) is there", remedy: "fix: rm \(path)")
  }
  let probe = makeSocket(family: AF_UNIX)
  defer { close(probe) }
  let connected = unsafe withUnixAddress(path) { unsafe connect(probe, $0, $1) }
  // A full queue (EAGAIN) is a sign of life too: only a refusal says that the daemon is dead.
  if connected == 0 || errno != ECONNREFUSED { throw .anotherDaemonAnswers(path: path) }
  if unsafe unlink(path) != 0 { throw failure(path, "remove the socket of a dead daemon") }
}

/// What lstat(2) says; nil if nothing is there.
private func status(of path: String) -> stat? {
  var found = stat()
  return unsafe lstat(path, &found) == 0 ? found : nil
}

private func failure(_ path: String, _ what: String) -> HTTPServerError {
  .cannotListen(
    on: path, reason: "cannot \(what): \(reason(errno))",
    remedy: "check the directory and the daemon's rights")
}

/// Hands out the path as a socket address.
func withUnixAddress(
  _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
) -> Int32 {
  var address = sockaddr_un()
  address.sun_family = sa_family_t(AF_UNIX)
  unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
  let size = socklen_t(MemoryLayout<sockaddr_un>.size)
  return unsafe withUnsafePointer(to: &address) {
    unsafe body(UnsafeRawPointer($0).assumingMemoryBound(to: sockaddr.self), size)
  }
}
