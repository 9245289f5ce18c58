import Digest
import SystemPackage

/// The secret that `POST` over TCP needs: made anew at each start, readable in a file for those who may.
///
/// It can't be printed.
struct Token: Sendable, CustomStringConvertible, CustomReflectable {
  /// The file that has it.
  let path: String
  private let text: String

  /// Makes a token of 32 random bytes and writes it, as 64 hexadecimal digits and a newline, to `path`.
  ///
  /// The file is 0640 and belongs to `groupId`; whatever stood there before is replaced in one step.
  init(path: String, groupId: UInt32?) throws {
    self.path = path
    text = hexadecimal(try randomBytes(32))
    try OwnFile(path).replace(
      with: Array((text + "\n").utf8), permissions: [.ownerReadWrite, .groupRead], groupId: groupId)
  }

  /// True for the token itself; takes the same time for every wrong one of its length.
  func matches(_ candidate: some StringProtocol) -> Bool {
    equalInConstantTime(Array(candidate.utf8), Array(text.utf8))
  }

  var description: String { "the token of \(path)" }

  var customMirror: Mirror { Mirror(self, children: ["path": path]) }
}
