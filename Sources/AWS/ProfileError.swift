/// What is wrong with a profile file; quotes none of its values.
public enum ProfileError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file is there and can't be read.
  case unreadable(file: String, reason: String)
  /// A line is not understood.
  case syntax(file: String, line: Int, reason: String)

  /// One line for the operator.
  public var description: String {
    switch self {
    case .unreadable(let file, let reason):
      "\(file) can't be read: \(reason); let the daemon's user read it, or name another file"
    case .syntax(let file, let line, let reason):
      "\(file), line \(line): \(reason)"
    }
  }
}
