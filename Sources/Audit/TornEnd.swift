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
    if try !isCopied(active, from: offset, names, seq) { try copy(active, from: offset, names, seq) }
    // The copy's name too is on the disk before the end is nowhere else.
    try SafeFiles.syncDirectory(names.directory)
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

  // A start that could copy it and not cut it off is tried again, and must not copy it once more each time.
  private static func isCopied(
    _ source: OpenedFile, from offset: Int64, _ names: SegmentNames, _ seq: UInt64
  ) throws(AuditError) -> Bool {
    for torn in try names.tornEnds() where torn.seq == seq {
      if try areSame(source, from: offset, try SafeFiles.open(torn.path, .readOnly, [])) { return true }
    }
    return false
  }

  private static func areSame(
    _ source: OpenedFile, from offset: Int64, _ copy: OpenedFile
  ) throws(AuditError) -> Bool {
    guard try source.size() - offset == copy.size() else { return false }
    var position: Int64 = 0
    while let bytes = try copy.bytes(at: position, count: LineReader.chunkBytes) {
      guard try source.bytes(at: offset + position, count: bytes.count) == bytes else { return false }
      position += Int64(bytes.count)
    }
    return true
  }

  private static func newPath(_ names: SegmentNames, _ seq: UInt64) throws(AuditError) -> String {
    var copy = 1
    while try SafeFiles.exists(names.torn(seq: seq, copy: copy)) { copy += 1 }
    return names.torn(seq: seq, copy: copy)
  }

  // What could be copied in part only is removed: the next try begins anew.
  private static func copy(
    _ source: OpenedFile, from offset: Int64, _ names: SegmentNames, _ seq: UInt64
  ) throws(AuditError) {
    let path = try newPath(names, seq)
    do throws(AuditError) {
      try copy(source, from: offset, to: try SafeFiles.create(path))
    } catch {
      unsafe unlink(path)
      throw error
    }
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
