/// A text that can be used and compared, and never printed: no description, dump or mirror shows it.
public struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  private let text: String

  /// Keeps a text.
  public init(_ text: String) {
    self.text = text
  }

  /// The text itself, for the one place that must hand it on.
  public var revealed: String { text }

  /// True for the text itself; takes the same time for every other one of its length.
  public func matches(_ candidate: some StringProtocol) -> Bool {
    equalInConstantTime(Array(candidate.utf8), Array(text.utf8))
  }

  /// Says that there is one.
  public var description: String { "secret" }
  /// The same as `description`.
  public var debugDescription: String { description }
  /// Shows no member.
  public var customMirror: Mirror { Mirror(self, children: []) }
}
