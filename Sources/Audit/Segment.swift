internal import CLinux
import Glibc
import SystemPackage
import Synchronization

/// The active file, open for appending, with room reserved ahead of its end.
///
/// Appended to by the writer's thread only; `sync` may run beside that on another.
final class Segment: Sendable {
  /// How much of the disk is kept for the log ahead of its end, so that others can't fill it under the log.
  static let reserveBytes: Int64 = 262_144

  private let file: OpenedFile
  private let names: SegmentNames
  private let state: Mutex<State>

  private struct State {
    var bytes: Int64
    var reservedEnd: Int64 = 0
    var hasUnfinishedLine = false
    var isDirectorySynced = false
    var syncFailure: AuditError?
  }

  /// Opens the active file, making it where it is missing.
  convenience init(_ names: SegmentNames) throws(AuditError) {
    let file =
      try SafeFiles.exists(names.active)
      ? try SafeFiles.open(names.active, .writeOnly, [.append])
      : try SafeFiles.create(names.active, options: [.append])
    try self.init(file, names)
  }

  private init(_ file: OpenedFile, _ names: SegmentNames) throws(AuditError) {
    self.file = file
    self.names = names
    state = Mutex(State(bytes: try file.size()))
  }

  /// Makes the segment that is to come behind the active one, with its room reserved.
  ///
  /// So a disk that has no room for it is known while the active one and its reserve are still there.
  static func following(_ names: SegmentNames) throws(AuditError) -> Segment {
    if try SafeFiles.exists(names.next) { try check(unsafe unlink(names.next), "unlink", names.next) }
    let segment = try Segment(try SafeFiles.create(names.next, options: [.append]), names)
    try segment.reserve()
    return segment
  }

  /// Becomes the active file, whose name is free.
  func takePlace() throws(AuditError) {
    try check(unsafe rename(names.next, names.active), "rename", names.next)
  }

  /// Keeps room for the log ahead of its end: at least `reserveBytes`; the file's visible size stays as it is.
  ///
  /// Throws when the disk has no room. A file system that can't reserve is left alone. Source: fallocate(2).
  func reserve() throws(AuditError) {
    let (bytes, reservedEnd) = state.withLock { ($0.bytes, $0.reservedEnd) }
    guard reservedEnd - bytes < Self.reserveBytes else { return }
    let ahead = 2 * Self.reserveBytes
    if vipad_reserve(file.descriptor.rawValue, off_t(bytes), off_t(ahead)) == 0 {
      return state.withLock { $0.reservedEnd = bytes + ahead }
    }
    let error = Errno(rawValue: errno)
    guard [ENOSPC, EDQUOT, EIO, EROFS].contains(error.rawValue) else {
      return state.withLock { $0.reservedEnd = .max }
    }
    let left = max(0, reservedEnd - bytes) / 1024
    throw .system(
      operation: "reserve room for", path: names.active, reason: "\(error), \(left) KiB are left for it",
      errno: error.rawValue)
  }

  /// Leaves the file as long as its records are: nothing half written, nothing reserved.
  func trim() throws(AuditError) {
    let (length, isUnfinished) = state.withLock { ($0.bytes, $0.hasUnfinishedLine) }
    do throws(AuditError) {
      try cut(to: length)
    } catch {
      if isUnfinished { throw error }
    }
  }

  /// How long the file is, by what was written.
  var bytes: Int64 { state.withLock { $0.bytes } }

  /// What fdatasync said when it failed: after that the descriptor proves nothing any more.
  var syncFailure: AuditError? { state.withLock { $0.syncFailure } }

  /// Has the disk confirm the file as it is; throws when it does not.
  func prove() throws(AuditError) { try check(fdatasync(file.descriptor.rawValue), "fdatasync", names.next) }

  /// Appends a line by one write(2); what a failing or short write left is cut off again.
  func append(_ line: [UInt8]) throws(AuditError) {
    let (length, isUnfinished) = state.withLock { ($0.bytes, $0.hasUnfinishedLine) }
    if isUnfinished { try cut(to: length) }
    state.withLock { $0.hasUnfinishedLine = true }
    let count = try systemCall("write", names.active) {
      try unsafe line.withUnsafeBytes { try unsafe file.descriptor.write($0) }
    }
    guard count == line.count else {
      try cut(to: length)
      throw .system(
        operation: "write", path: names.active, reason: "only \(count) of \(line.count) bytes", errno: ENOSPC)
    }
    state.withLock {
      $0.bytes += Int64(count)
      $0.hasUnfinishedLine = false
    }
  }

  /// Brings everything appended so far to the disk, the file's name included.
  func sync() throws(AuditError) {
    if let failure = syncFailure { throw failure }
    do throws(AuditError) {
      try check(fdatasync(file.descriptor.rawValue), "fdatasync", names.active)
      if !state.withLock({ $0.isDirectorySynced }) { try syncDirectory() }
    } catch {
      fail(error)
      throw error
    }
  }

  /// Notes that fdatasync failed: from now on the descriptor proves nothing.
  func fail(_ error: AuditError) { state.withLock { $0.syncFailure = error } }

  private func cut(to length: Int64) throws(AuditError) {
    try systemCall("ftruncate", names.active) { try file.descriptor.resize(to: length) }
    state.withLock {
      $0.hasUnfinishedLine = false
      // Cutting gives back what lies behind the end.
      if $0.reservedEnd != .max { $0.reservedEnd = 0 }
    }
  }

  private func syncDirectory() throws(AuditError) {
    try SafeFiles.syncDirectory(names.directory)
    state.withLock { $0.isDirectorySynced = true }
  }
}
