/// Why a command did not do what was asked, in the operator's words.
struct CommandFailure: Error, Equatable, CustomStringConvertible {
  /// The exit codes of vipad besides 0, which means done.
  enum Code: Int32 {
    /// The answer is no, or the act failed.
    case failed = 1
    /// Wrong usage or configuration.
    case usage = 2
  }

  /// One line for the cause; further lines, if any, for the remedy and for details.
  let description: String
  let code: Code

  init(_ description: String, code: Code = .failed) {
    self.description = description
    self.code = code
  }
}
