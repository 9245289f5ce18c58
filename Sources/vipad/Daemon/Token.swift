import Digest
import Synchronization
import SystemPackage

/// The secret that `POST` over TCP needs: made anew at each start and SIGHUP, readable in a file for those who may.
///
/// It can't be printed.
final class Token: Sendable, CustomStringConvertible, CustomReflectable {
  /// The file that has it.
  let path: String
  private let groupId: UInt32?
  /// One; two while the file changes.
  private let valid = Mutex<[Secret]>([])

  /// Makes a token of 32 random bytes and writes it, as 64 hexadecimal digits and a newline, to `path`.
  ///
  /// The file is 0640 and belongs to `groupId`; whatever stood there before is replaced in one step.
  init(path: String, groupId: UInt32?) throws {
    self.path = path
    self.groupId = groupId
    try renew()
  }

  /// Puts a new token into the file and in force; what was valid before is not any more.
  ///
  /// - Throws: what keeps the file from being written; then the old token stays.
  func renew() throws {
    let text = hexadecimal(try randomBytes(32))
    let fresh = Secret(text)
    // In force before anybody can have read it.
    let before = valid.withLock { valid in
      defer { valid.append(fresh) }
      return valid
    }
    do {
      try OwnFile(path).replace(
        with: Array((text + "\n").utf8), permissions: [.ownerReadWrite, .groupRead], groupId: groupId)
      valid.withLock { $0 = [fresh] }
    } catch {
      valid.withLock { $0 = before }
      throw error
    }
  }

  /// True for the token itself; takes the same time for every wrong one of its length.
  func matches(_ candidate: some StringProtocol) -> Bool {
    valid.withLock { valid in valid.contains { $0.matches(candidate) } }
  }

  var description: String { "the token of \(path)" }

  var customMirror: Mirror { Mirror(self, children: ["path": path]) }
}
