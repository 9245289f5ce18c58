import Glibc
import SystemPackage

/// The lock that makes a daemon the only writer of its log; the file holds its process id for the other's message.
///
/// Held by flock(2) on `STEM.lock` until `release`, the last owner's end, or the process's.
final class LogLock: Sendable {
  private let file: OpenedFile

  init(_ names: SegmentNames) throws(AuditError) {
    file = try SafeFiles.open(names.lock, .readWrite, [.create])
    do throws(AuditError) {
      try check(flock(file.descriptor.rawValue, LOCK_EX | LOCK_NB), "flock", names.lock)
    } catch {
      guard case .system(_, _, _, EWOULDBLOCK) = error else { throw error }
      throw .inUse(path: names.active, processId: Self.holder(file))
    }
    noteHolder()
  }

  func release() { flock(file.descriptor.rawValue, LOCK_UN) }

  // Only for the message to a second daemon: a disk that does not take it is no reason to stop.
  private func noteHolder() {
    try? file.descriptor.resize(to: 0)
    _ = try? file.descriptor.writeAll(toAbsoluteOffset: 0, "\(getpid())\n".utf8)
  }

  private static func holder(_ file: OpenedFile) -> Int32? {
    var bytes = [UInt8](repeating: 0, count: 16)
    let count = unsafe bytes.withUnsafeMutableBytes { buffer in
      unsafe (try? file.descriptor.read(fromAbsoluteOffset: 0, into: buffer)) ?? 0
    }
    return Int32(String(decoding: bytes[..<count].prefix { $0 != 0x0a }, as: UTF8.self))
  }
}
