import HTTPServer
import Synchronization

/// The memory of long answers that are made for one caller each, until their clients have taken them.
///
/// Whoever is on this router may ask for them, and take as long to read as the listener allows.
final class LongAnswers: Sendable {
  static let mostBytes = 16 * 1_048_576
  private let taken = Mutex(0)

  /// A part of the memory, given back with its last reference.
  final class Lease: Sendable {
    private let answers: LongAnswers
    private let bytes: Mutex<Int>

    fileprivate init(_ answers: LongAnswers, bytes: Int) {
      self.answers = answers
      self.bytes = Mutex(bytes)
    }

    deinit { answers.giveBack(bytes.withLock { $0 }) }

    /// Gives back what the answer does not need.
    func shrink(toBytes needed: Int) {
      let rest = bytes.withLock { bytes in
        defer { bytes = min(bytes, needed) }
        return bytes - min(bytes, needed)
      }
      answers.giveBack(rest)
    }
  }

  /// Takes room for an answer of at most so many bytes; 503 where others have it.
  func lease(atMostBytes bytes: Int) throws(Problem) -> Lease {
    let isThere = taken.withLock { taken in
      guard taken + bytes <= Self.mostBytes else { return false }
      taken += bytes
      return true
    }
    guard isThere else {
      throw Problem(
        status: 503, detail: "too many long answers are being read at this moment",
        remedy: "ask again in a moment, or for fewer by limit=")
    }
    return Lease(self, bytes: bytes)
  }

  private func giveBack(_ bytes: Int) { taken.withLock { $0 -= bytes } }
}
