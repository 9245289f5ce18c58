/// Durations sorted into buckets, as Prometheus adds them up.
struct Histogram: Sendable, Equatable {
  /// The upper bounds in seconds, from 1 ms to 60 s: a warm claim takes some milliseconds of vipad's own and
  /// some hundred of EC2's, a throttled or cut-off one up to a minute.
  static let bounds = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
  ]

  /// How many fell into each bucket, the one above all bounds last; not added up yet.
  private(set) var counts = [UInt64](repeating: 0, count: Self.bounds.count + 1)
  /// All durations together, in seconds.
  private(set) var sum = 0.0

  /// Takes a duration in; a negative one, of a clock that was set, counts as none.
  mutating func note(seconds: Double) {
    let seconds = max(0, seconds)
    counts[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
    sum += seconds
  }
}
