import CLinux
import Glibc
import SystemPackage

/// Tells by inotify(7) when one of some files may have been written, replaced or removed.
final class PidFileEvents: Sendable {
  let descriptor: Int32
  /// For each file its directory, then the one above, up to /.
  private let directories: [[String]]

  /// Watches the files' directories; one that is not there yet is waited for in the nearest that is.
  init(_ paths: [String]) throws(VRRPProcessError) {
    directories = paths.map { Self.directories(above: FilePath($0)) }
    descriptor = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
    guard descriptor >= 0 else { throw .last("inotify_init1") }
    watch()
  }

  deinit {
    close(descriptor)
  }

  /// Takes all events, and watches directories that have appeared.
  ///
  /// Which file it was does not matter: all are read anew.
  func drain() {
    var buffer = [UInt8](repeating: 0, count: 4096)
    while unsafe read(descriptor, &buffer, buffer.count) > 0 {}
    watch()
  }

  /// A directory that can't be watched (a limit of inotify) is left to the watcher's look once a second.
  private func watch() {
    let files = UInt32(IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE)
    let directories = UInt32(IN_CREATE | IN_MOVED_TO)
    for chain in self.directories {
      for (level, directory) in chain.enumerated() where add(directory, level == 0 ? files : directories) {
        break
      }
    }
  }

  private func add(_ directory: String, _ events: UInt32) -> Bool {
    unsafe inotify_add_watch(descriptor, directory, events | UInt32(IN_MASK_ADD) | UInt32(IN_ONLYDIR)) >= 0
  }

  private static func directories(above file: FilePath) -> [String] {
    let directory = file.removingLastComponent()
    return directory == file ? [] : [directory.string] + directories(above: directory)
  }
}
