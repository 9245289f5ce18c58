import FoundationEssentials
import Glibc
import SystemPackage

/// Runs `body` with an empty directory of mode 0700 and removes it afterwards.
func withDirectory<Result>(_ body: (FilePath) throws -> Result) throws -> Result {
  let path = "/tmp/vipad-test-\(UUID().uuidString)"
  try FileManager.default.createDirectory(
    atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
  defer { try? FileManager.default.removeItem(atPath: path) }
  return try body(FilePath(path))
}

/// Writes a file with exactly this mode, whatever the umask.
@discardableResult
func write(_ text: String, to path: FilePath, mode: mode_t = 0o600) throws -> FilePath {
  let file = try FileDescriptor.open(
    path, .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite)
  _ = try file.closeAfter { try file.writeAll(text.utf8) }
  try FileManager.default.setAttributes([.posixPermissions: Int(mode)], ofItemAtPath: path.string)
  return path
}
