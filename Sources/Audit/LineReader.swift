import Glibc

/// Reads a file line by line in constant memory, however long a line may be.
struct LineReader {
  /// One line of a file.
  struct Line {
    /// The line without its newline; of an overlong line only the beginning.
    var bytes: ArraySlice<UInt8>
    /// Where the line begins, and where the next one does.
    var start, end: Int64
    /// Whether a newline ends it.
    var isTerminated: Bool
    /// Whether it is longer than any record, so that `bytes` is cut.
    var isOverlong: Bool
  }

  // Small enough for the allocator to use the same memory again for every chunk.
  static let chunkBytes = 65_536

  private let file: OpenedFile
  private let chunkBytes: Int
  private var buffer: [UInt8] = []
  private var next = 0
  private var bufferOffset: Int64

  init(_ file: OpenedFile, from offset: Int64 = 0, chunkBytes: Int = Self.chunkBytes) {
    self.file = file
    self.chunkBytes = chunkBytes
    bufferOffset = offset
  }

  mutating func nextLine() throws(AuditError) -> Line? {
    while true {
      if let newline = newline() { return take(through: newline) }
      if buffer.count - next > 2 * RecordLimits.maximumLineBytes { return try takeOverlong() }
      guard try fill() else { return takeRest() }
    }
  }

  private func newline() -> Int? {
    unsafe buffer.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress, next < bytes.count,
        let found = unsafe memchr(base + next, Int32(UInt8(ascii: "\n")), bytes.count - next)
      else { return nil }
      return unsafe UnsafeRawPointer(found) - base
    }
  }

  private mutating func take(through newline: Int) -> Line {
    let line = Line(
      bytes: buffer[next..<newline], start: bufferOffset + Int64(next),
      end: bufferOffset + Int64(newline + 1), isTerminated: true,
      isOverlong: newline + 1 - next > RecordLimits.maximumLineBytes)
    next = newline + 1
    return line
  }

  private mutating func takeRest() -> Line? {
    guard next < buffer.count else { return nil }
    let line = Line(
      bytes: buffer[next...], start: bufferOffset + Int64(next),
      end: bufferOffset + Int64(buffer.count), isTerminated: false, isOverlong: false)
    next = buffer.count
    return line
  }

  private mutating func takeOverlong() throws(AuditError) -> Line? {
    let start = bufferOffset + Int64(next)
    let beginning = ArraySlice(buffer[next...].prefix(RecordLimits.maximumLineBytes))
    while true {
      if let newline = newline() {
        var line = take(through: newline)
        (line.bytes, line.start, line.isOverlong) = (beginning, start, true)
        return line
      }
      next = buffer.count
      guard try fill() else {
        let end = bufferOffset + Int64(next)
        return Line(bytes: beginning, start: start, end: end, isTerminated: false, isOverlong: true)
      }
    }
  }

  // Drops what was taken and appends the next chunk; false at the end of the file.
  private mutating func fill() throws(AuditError) -> Bool {
    buffer.removeFirst(next)
    bufferOffset += Int64(next)
    next = 0
    let offset = bufferOffset + Int64(buffer.count)
    guard let chunk = try file.bytes(at: offset, count: chunkBytes) else { return false }
    buffer.append(contentsOf: chunk)
    return true
  }
}
