import FoundationEssentials

/// How many records were given up, and of which time.
struct LostRecords: Sendable, Equatable {
  private(set) var count = 1
  private var from, to: Date

  /// One record.
  init(at time: Date) { (from, to) = (time, time) }

  mutating func add(_ other: LostRecords) {
    count += other.count
    from = min(from, other.from)
    to = max(to, other.to)
  }

  /// What a `gap` record says of them.
  func words(_ reason: String) -> String {
    "\(count) records between \(Timestamp.text(from)) and \(Timestamp.text(to)) were lost: \(reason)"
  }
}
