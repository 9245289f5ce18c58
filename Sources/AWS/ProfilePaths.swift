internal import Glibc
internal import SystemPackage

extension ProfileFiles {
  /// Reads the files that the environment names; one that is not there counts as empty.
  ///
  /// Blocks on the disk. `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE`, else `config` and `credentials`
  /// in `~/.aws`. Throws `ProfileError` for a file that can't be read or understood.
  public init(environment: [String: String]) throws(ProfileError) {
    let home = environment.nonEmpty("HOME") ?? homeDirectory()
    let config = expanded(environment.nonEmpty("AWS_CONFIG_FILE") ?? "~/.aws/config", home: home)
    let credentials = expanded(
      environment.nonEmpty("AWS_SHARED_CREDENTIALS_FILE") ?? "~/.aws/credentials", home: home)
    try self.init(
      config: contents(of: config), credentials: contents(of: credentials), configPath: config,
      credentialsPath: credentials)
  }
}

extension [String: String] {
  // An empty variable counts as not set: so do AWS's tools.
  func nonEmpty(_ name: String) -> String? {
    self[name].flatMap { $0.isEmpty ? nil : $0 }
  }
}

private func expanded(_ path: String, home: String) -> String {
  path == "~" || path.hasPrefix("~/") ? home + path.dropFirst() : path
}

// A system service may run without HOME: getpwuid_r(3).
private func homeDirectory() -> String {
  var entry = unsafe passwd()
  var found: UnsafeMutablePointer<passwd>?
  var buffer = [CChar](repeating: 0, count: 16384)
  guard unsafe getpwuid_r(geteuid(), &entry, &buffer, buffer.count, &found) == 0,
    let directory = unsafe found?.pointee.pw_dir
  else { return "/" }
  return unsafe String(cString: directory)
}

private func contents(of path: String) throws(ProfileError) -> String? {
  do {
    let file = try FileDescriptor.open(FilePath(path), .readOnly, options: .closeOnExec)
    let bytes = try file.closeAfter { try readAll(file) }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ProfileError.unreadable(file: path, reason: "it is not UTF-8")
    }
    return text
  } catch Errno.noSuchFileOrDirectory, Errno.notDirectory {
    return nil
  } catch let error as ProfileError {
    throw error
  } catch {
    throw .unreadable(file: path, reason: "\(error)")
  }
}

private let largestProfileFile = 1 << 20

private func readAll(_ file: FileDescriptor) throws -> [UInt8] {
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 65536)
  while case let count = try unsafe buffer.withUnsafeMutableBytes({ try unsafe file.read(into: $0) }),
    count > 0
  {
    bytes += buffer[..<count]
    guard bytes.count <= largestProfileFile else { throw Errno.fileTooLarge }
  }
  return bytes
}
