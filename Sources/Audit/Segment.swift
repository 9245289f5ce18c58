import Glibc
import SystemPackage
import Synchronization

/// The active file, open for appending.
///
/// Appended to by the writer's thread only; `sync` may run beside that on another.
final class Segment: Sendable {
  private let file: OpenedFile
  private let names: SegmentNames
  private let openedAt = ContinuousClock.now
  private let state: Mutex<State>

  private struct State {
    var bytes: Int64
    var hasUnfinishedLine = false
    var isDirectorySynced = false
    var syncFailure: AuditError?
  }

  /// Opens the active file, making it where it is missing.
  init(_ names: SegmentNames) throws(AuditError) {
    let exists = (try? Stat(FilePath(names.active), followTargetSymlink: false)) != nil
    file =
      exists
      ? try SafeFiles.open(names.active, .writeOnly, [.append])
      : try SafeFiles.create(names.active, options: [.append])
    self.names = names
    state = Mutex(State(bytes: try file.size()))
  }

  /// How long the file is, by what was written.
  var bytes: Int64 { state.withLock { $0.bytes } }

  /// What fdatasync said when it failed: after that the descriptor proves nothing any more.
  var syncFailure: AuditError? { state.withLock { $0.syncFailure } }

  /// Whether to begin a new one after a failed fdatasync even if no record comes: not when the last new one failed
  /// at once, else a broken disk would be filled with segments.
  var isWorthReplacing: Bool {
    state.withLock { $0.isDirectorySynced } || openedAt.duration(to: .now) > .seconds(60)
  }

  /// Appends a line by one write(2); what a failing or short write left is cut off again.
  func append(_ line: [UInt8]) throws(AuditError) {
    let (length, isUnfinished) = state.withLock { ($0.bytes, $0.hasUnfinishedLine) }
    if isUnfinished { try cut(to: length) }
    state.withLock { $0.hasUnfinishedLine = true }
    let count = try systemCall("write", file.path) {
      try unsafe line.withUnsafeBytes { try unsafe file.descriptor.write($0) }
    }
    guard count == line.count else {
      try cut(to: length)
      throw .system(
        operation: "write", path: file.path, reason: "only \(count) of \(line.count) bytes", errno: ENOSPC)
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
      try check(fdatasync(file.descriptor.rawValue), "fdatasync", file.path)
      if !state.withLock({ $0.isDirectorySynced }) { try syncDirectory() }
    } catch {
      fail(error)
      throw error
    }
  }

  /// Notes that fdatasync failed: from now on the descriptor proves nothing.
  func fail(_ error: AuditError) { state.withLock { $0.syncFailure = error } }

  private func cut(to length: Int64) throws(AuditError) {
    try systemCall("ftruncate", file.path) { try file.descriptor.resize(to: length) }
    state.withLock { $0.hasUnfinishedLine = false }
  }

  private func syncDirectory() throws(AuditError) {
    let directory = try OpenedFile.reading(names.directory)
    try check(fsync(directory.descriptor.rawValue), "fsync", names.directory)
    state.withLock { $0.isDirectorySynced = true }
  }
}
