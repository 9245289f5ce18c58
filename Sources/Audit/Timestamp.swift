import FoundationEssentials

/// RFC 3339 in UTC with milliseconds, 24 characters: `2026-11-23T08:21:27.123Z`.
enum Timestamp {
  private static let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

  static func text(_ date: Date) -> String { date.formatted(style) }

  static func date(_ text: String) -> Date? { try? style.parse(text) }
}
