public import FoundationEssentials

/// A moment as signatures write it, in UTC and whole seconds.
public struct SigningTime: Sendable, Equatable {
  /// The form of the `X-Amz-Date` header: `20150830T123600Z`.
  public let timestamp: String

  /// Its day, as in the credential scope: `20150830`.
  public var day: String { String(timestamp.prefix(8)) }

  /// Writes a moment; fractions of a second are cut off.
  public init(_ date: Date) {
    let whole = Date(timeIntervalSince1970: date.timeIntervalSince1970.rounded(.down))
    timestamp = whole.formatted(Date.ISO8601FormatStyle(dateSeparator: .omitted, timeSeparator: .omitted))
  }
}
