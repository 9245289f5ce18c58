/// Why the instance metadata did not answer a question.
public struct InstanceMetadataError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What happened, as far as a caller decides by it.
  public enum Kind: String, Sendable {
    /// The service can't be reached.
    case unreachable
    /// It is switched off for this instance, or forbids the item.
    case forbidden
    /// It refuses a session token it has just given.
    case unauthorized
    /// The instance does not have the item, now.
    case notFound
    /// The answer can't be understood, or says that something failed.
    case unreadable
    /// The Task was cancelled.
    case cancelled
  }

  /// What happened.
  public let kind: Kind
  /// What failed and what to do, in one line.
  public let description: String

  /// Makes an error about an item's path.
  public init(_ kind: Kind, path: String, what: String) {
    self.kind = kind
    description = "instance metadata \(path): \(what)"
  }
}
