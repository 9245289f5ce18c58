import Glibc
import SystemPackage

/// Removes the oldest closed segments, so that `keep` of them stay.
///
/// Small segments, as a failing disk leaves them, don't push out full ones: the newer ones must also hold at
/// least half of what `keep` full segments would.
struct SegmentPruning {
  private let names: SegmentNames
  private let keep: Int
  private let enoughBytes: Int64

  init(_ names: SegmentNames, _ settings: AuditSettings) {
    self.names = names
    keep = settings.keep
    enoughBytes = Int64(settings.keep) * Int64(settings.maximumBytes) / 2
  }

  func run() throws(AuditError) {
    var count = 0
    var bytes: Int64 = 0
    for path in try names.closedSegments().reversed() {
      if count >= keep, bytes >= enoughBytes {
        try check(unsafe unlink(path), "unlink", path)
      } else {
        count += 1
        bytes += (try? Stat(FilePath(path), followTargetSymlink: false))?.size ?? 0
      }
    }
  }
}
