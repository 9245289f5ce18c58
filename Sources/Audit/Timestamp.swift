import FoundationEssentials

/// RFC 3339 in UTC with milliseconds, 24 characters: `2026-11-23T08:21:27.123Z`.
enum Timestamp {
  private static let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

  // The style cuts off what a Date can't hold exactly: half a millisecond more makes it round.
  static func text(_ date: Date) -> String { date.addingTimeInterval(0.0005).formatted(style) }

  static func date(_ text: String) -> Date? { try? style.parse(text) }
}
