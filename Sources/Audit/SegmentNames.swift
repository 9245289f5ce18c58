import Glibc
import SystemPackage

/// The names of a log's files, all made from the active file's path `DIRECTORY/STEM.jsonl`.
struct SegmentNames: Sendable {
  /// The active file.
  let active: String
  private let directoryAndSlash: String
  private let stem: String

  init(active: String) throws(AuditError) {
    let slash = active.lastIndex(of: "/").map { active.index(after: $0) } ?? active.startIndex
    let name = active[slash...]
    guard name.hasSuffix(".jsonl"), name != ".jsonl" else { throw .path(active) }
    self.active = active
    directoryAndSlash = String(active[..<slash])
    stem = String(name.dropLast(".jsonl".count))
  }

  var directory: String {
    switch directoryAndSlash {
    case "": "."
    case "/": "/"
    default: String(directoryAndSlash.dropLast())
    }
  }

  var lock: String { directoryAndSlash + stem + ".lock" }

  /// A new segment until the active one is closed.
  var next: String { directoryAndSlash + stem + ".next" }

  /// A closed segment: named by its first record, so that names sort as the chain runs.
  func closed(firstSeq: UInt64) -> String {
    let digits = String(firstSeq)
    let zeros = String(repeating: "0", count: max(0, 12 - digits.count))
    return directoryAndSlash + stem + "-" + zeros + digits + ".jsonl"
  }

  /// Where a torn end goes; `copy` tells apart those put aside at the same place in the chain.
  func torn(seq: UInt64, copy: Int) -> String {
    directoryAndSlash + stem + ".torn-\(seq)" + (copy > 1 ? ".\(copy)" : "")
  }

  /// The first record's number by the name of a closed segment; nil for any other file.
  func firstSeq(ofClosed path: String) -> UInt64? {
    guard let digits = suffix(of: path, after: stem + "-"), digits.hasSuffix(".jsonl"),
      let seq = UInt64(digits.dropLast(".jsonl".count)), closed(firstSeq: seq) == path
    else { return nil }
    return seq
  }

  /// The closed segments in the directory, oldest first.
  func closedSegments() throws(AuditError) -> [String] {
    try contents().filter { firstSeq(ofClosed: $0) != nil }.sorted()
  }

  /// The torn ends in the directory with the number the chain was to go on with.
  func tornEnds() throws(AuditError) -> [(path: String, seq: UInt64)] {
    try contents().sorted().compactMap { path in
      let number = suffix(of: path, after: stem + ".torn-")?.prefix { $0 != "." }
      return number.flatMap { UInt64($0) }.map { (path, $0) }
    }
  }

  // By readdir(3), whose errno tells a disk that fails from a directory that is not there.
  private func contents() throws(AuditError) -> [String] {
    guard let stream = unsafe opendir(directory) else { throw listingFailed() }
    defer { unsafe closedir(stream) }
    var paths: [String] = []
    while true {
      errno = 0
      guard let entry = unsafe readdir(stream) else { break }
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
        unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      paths.append(directoryAndSlash + name)
    }
    guard errno == 0 else { throw listingFailed() }
    return paths
  }

  private func listingFailed() -> AuditError {
    let error = Errno(rawValue: errno)
    return .system(operation: "list", path: directory, reason: "\(error)", errno: error.rawValue)
  }

  private func suffix(of path: String, after beginning: String) -> Substring? {
    path.hasPrefix(directoryAndSlash + beginning)
      ? path.dropFirst(directoryAndSlash.count + beginning.count) : nil
  }
}
