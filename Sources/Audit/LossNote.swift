import Glibc
import SystemPackage

/// What a stop could not write, noted in a file of its own: the next start says it in a `gap` record.
///
/// It lies in the state directory, which may well be on a disk that works.
struct LossNote: Sendable {
  let path: String

  /// Adds what a stop gave up, in words; throws `AuditError` when this disk does not take it either.
  func add(_ words: String) throws(AuditError) {
    let file =
      try SafeFiles.exists(path)
      ? try SafeFiles.open(path, .writeOnly, [.append]) : try SafeFiles.create(path, options: [.append])
    _ = try systemCall("write", path) { try file.descriptor.writeAll(Array("\(words)\n".utf8)) }
    try check(fsync(file.descriptor.rawValue), "fsync", path)
  }

  /// What is to be said, nil where there is nothing; a note that can't be read is said as well.
  func words() -> String? {
    do throws(AuditError) {
      guard try SafeFiles.exists(path) else { return nil }
      let file = try SafeFiles.open(path, .readOnly, [])
      let bytes = try file.bytes(at: 0, count: RecordLimits.maximumLineBytes) ?? []
      return String(decoding: bytes, as: UTF8.self).split(separator: "\n").joined(separator: "; ")
    } catch {
      return "what an earlier stop could not write is not known: \(error)"
    }
  }

  /// It is in the log now.
  func remove() { unsafe unlink(path) }
}
