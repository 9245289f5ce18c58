import Glibc
import SystemPackage

/// What stands behind the last whole record: a line torn by a crash, or what a power cut left of it.
///
/// It is copied to a file of its own before it is cut off, and a `gap` record tells of it.
enum TornEnd {
  /// Moves whatever the active file holds from `offset` on to `STEM.torn-SEQ`.
  static func putAside(_ names: SegmentNames, from offset: Int64, seq: UInt64) throws(AuditError) {
    let active = try SafeFiles.open(names.active, .readWrite, [])
    guard try active.size() > offset else { return }
    try copy(active, from: offset, to: try newFile(names, seq))
    try systemCall("ftruncate", active.path) { try active.descriptor.resize(to: offset) }
    try check(fsync(active.descriptor.rawValue), "fsync", active.path)
  }

  /// The torn ends put aside since the chain's last record: a crash may have come before their `gap` record.
  static func unrecorded(_ names: SegmentNames, _ chain: Chain) throws(AuditError) -> [String] {
    let recorded = chain.isAtSegmentStart ? chain.seq - 1 : chain.seq
    return try names.tornEnds().filter { $0.seq > recorded }.map { $0.path }
  }

  /// The record that tells of a torn end.
  static func gap(_ path: String, settings: AuditSettings) -> AuditRecord {
    var record = AuditRecord(.gap, at: settings.now())
    let size = (try? Stat(FilePath(path)))?.size ?? 0
    record.detail = "an unfinished end of the log (\(size) bytes) was put aside as \(path)"
    return record
  }

  private static func newFile(_ names: SegmentNames, _ seq: UInt64) throws(AuditError) -> OpenedFile {
    var copy = 1
    while (try? Stat(FilePath(names.torn(seq: seq, copy: copy)), followTargetSymlink: false)) != nil {
      copy += 1
    }
    return try SafeFiles.create(names.torn(seq: seq, copy: copy))
  }

  private static func copy(
    _ source: OpenedFile, from offset: Int64, to target: OpenedFile
  ) throws(AuditError) {
    var position = offset
    while let bytes = try source.bytes(at: position, count: LineReader.chunkBytes) {
      _ = try systemCall("write", target.path) { try target.descriptor.writeAll(bytes) }
      position += Int64(bytes.count)
    }
    try check(fsync(target.descriptor.rawValue), "fsync", target.path)
  }
}
