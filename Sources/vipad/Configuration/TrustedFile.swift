import Glibc
import SystemPackage

/// A file that only root or the daemon's own user can have written.
///
/// The file and its own directory must not be symbolic links, of another owner, or group- or other-writable:
/// whoever can write there could name another address or endpoint. Directories further up are not looked at.
struct TrustedFile {
  let path: String
  /// Nobody but its owner and its group may read it either.
  var isSecret = false
  /// What to do where there is no such file.
  var whereMissing = "write it, or name another"
  private static let maximumBytes = 1_048_576

  /// Reads the whole file.
  ///
  /// - Throws: `ConfigurationError` that says what to do.
  func read() throws(ConfigurationError) -> [UInt8] {
    try checkDirectory()
    // Without waiting for a writer, should it be a FIFO.
    let options: FileDescriptor.OpenOptions = [.noFollow, .closeOnExec, .nonBlocking]
    let file = try attempt { () throws(Errno) in try FileDescriptor.openTyped(path, options) }
    defer { try? file.close() }
    let status = try attempt { () throws(Errno) in try Stat(file) }
    guard status.type == .regular else { throw refusal("is not a regular file") }
    try check(status, path)
    guard !isSecret || status.permissions.isDisjoint(with: [.otherRead]) else {
      throw refusal("can be read by everyone; fix: chmod o-r \(path)")
    }
    guard status.size <= Self.maximumBytes else { throw refusal("is larger than 1 MiB") }
    return try attempt { () throws(Errno) in try file.readAll(atMost: Self.maximumBytes) }
  }

  private func checkDirectory() throws(ConfigurationError) {
    let parent = FilePath(path).removingLastComponent()
    let directory = parent.isEmpty ? FilePath(".") : parent
    let status = try attempt { () throws(Errno) in try Stat(directory, followTargetSymlink: false) }
    guard status.type != .symbolicLink else {
      throw refusal("its directory \(directory) is a symbolic link; name the file by its real path")
    }
    try check(status, directory.string)
  }

  private func check(_ status: Stat, _ name: String) throws(ConfigurationError) {
    let owner = status.userID.rawValue
    guard owner == 0 || owner == geteuid() else {
      throw refusal("\(name) belongs to user id \(owner); fix: chown root \(name)")
    }
    guard status.permissions.isDisjoint(with: [.groupWrite, .otherWrite]) else {
      let mode = String(status.permissions.rawValue, radix: 8)
      throw refusal("\(name) can be written by others (mode \(mode)); fix: chmod go-w \(name)")
    }
  }

  private func attempt<Result>(_ work: () throws(Errno) -> Result) throws(ConfigurationError) -> Result {
    do {
      return try work()
    } catch .tooManySymbolicLinkLevels {
      throw refusal("is a symbolic link; name the file by its real path")
    } catch .noSuchFileOrDirectory {
      throw refusal("does not exist; \(whereMissing)")
    } catch .permissionDenied {
      throw refusal(
        "may not be read by user id \(geteuid()); fix: chgrp \(getegid()) \(path) && chmod g+r \(path)")
    } catch {
      throw refusal("can't be read: \(error)")
    }
  }

  private func refusal(_ reason: String) -> ConfigurationError {
    ConfigurationError(file: path, reason: reason)
  }
}

extension FileDescriptor {
  /// `open(path, O_RDONLY)` that throws `Errno` and nothing else.
  static func openTyped(_ path: String, _ options: OpenOptions) throws(Errno) -> FileDescriptor {
    do {
      return try open(FilePath(path), .readOnly, options: options)
    } catch {
      throw error as? Errno ?? .ioError
    }
  }

  /// Reads to the end of the file, or until there are more than `limit` bytes.
  func readAll(atMost limit: Int) throws(Errno) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    do {
      while bytes.count <= limit {
        let count = try unsafe chunk.withUnsafeMutableBytes { try unsafe read(into: $0) }
        guard count > 0 else { break }
        bytes += chunk[..<count]
      }
    } catch {
      throw error as? Errno ?? .ioError
    }
    return bytes
  }
}
