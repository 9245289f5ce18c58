import Dispatch
import FoundationEssentials
import Glibc
import SystemPackage
import Synchronization

/// What survives a restart; it is for display and for counting on, and never justifies a claim.
struct SavedState: Codable, Sendable, Equatable {
  /// An operator's pause.
  struct Pause: Codable, Sendable, Equatable {
    /// Its end by the wall clock; nil: until resumed.
    var until: Date?

    /// Its end in words.
    var words: String { until.map { "until \($0.rfc3339)" } ?? "until resumed" }
  }

  /// The machine's boot that the generations were counted in.
  var bootId: String
  /// The instance that wrote it: a cloned image finds another one's state.
  var instanceId: String?
  /// The last generation of each group.
  var generations: [String: UInt64]
  var pause: Pause?
}

/// The file `state.json` in the state directory, written beside everything else.
///
/// A disk that hangs holds up nobody: only the newest state is kept to be written.
final class StateFile: Sendable {
  private let directory: String
  private var path: String { directory + "/state.json" }
  private let queue = DispatchQueue(label: "vipad state")
  private let newest = Mutex<SavedState?>(nil)
  private let failure = Mutex<String?>(nil)
  /// Given after each try to write.
  let tried = Signal()

  init(directory: String) {
    self.directory = directory
  }

  /// Why the last write failed; nil when it did not.
  var problem: String? { failure.withLock { $0 } }

  /// What was saved last; nil where nothing was.
  ///
  /// - Throws: what keeps it from being read: a foreign owner, a symbolic link, broken JSON.
  func read() throws -> SavedState? {
    guard Self.exists(path) else { return nil }
    return try JSONDecoder().decode(SavedState.self, from: Data(try TrustedFile(path: path).read()))
  }

  /// Writes the state soon; an older one that still waits is left out.
  func write(_ state: SavedState) {
    let waits = newest.withLock { newest in
      defer { newest = state }
      return newest != nil
    }
    guard !waits else { return }
    queue.async { self.writeNewest() }
  }

  /// Waits until what was handed over has been tried to write, at most so long: a disk may hang.
  ///
  /// - Returns: whether it was.
  func settle(within duration: Duration) -> Bool {
    let settled = MonotonicWait()
    settle { settled.signal() }
    return settled.wait(atMost: duration)
  }

  /// Calls back when what was handed over has been tried to write.
  func settle(_ done: @escaping @Sendable () -> Void) {
    queue.async(execute: done)
  }

  private func writeNewest() {
    guard
      let state = newest.withLock({ newest in
        defer { newest = nil }
        return newest
      })
    else { return }
    do {
      // Its parent is the packager's or the operator's matter; what fails here shows in the write.
      _ = unsafe mkdir(directory, 0o750)
      let bytes = Array(try JSONEncoder().encode(state))
      try OwnFile(path).replace(with: bytes, permissions: [.ownerReadWrite, .groupRead])
      failure.withLock { $0 = nil }
    } catch {
      failure.withLock { $0 = "\(error)" }
    }
    tried.give()
  }

  private static func exists(_ path: String) -> Bool {
    (try? Stat(FilePath(path), followTargetSymlink: false)) != nil
  }
}
