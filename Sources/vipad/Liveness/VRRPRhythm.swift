/// How long keepalived may sleep where nobody but root may know what it sleeps in, learnt from how it has run.
///
/// With an advertisement interval of 5 s a healthy MASTER runs once in 5 s, and with one of 1 s a healthy one never
/// sleeps for 3 s: what is a standstill depends on the interval, which vipad's user can't read. Until a minute has been seen
/// the longest interval that is supported counts.
struct VRRPRhythm {
  /// The longest sleep that is allowed: an interval of 5 s, and the time between two samples on both sides.
  static let longestSleepSeconds = 7.0
  private static let memorySeconds = 60.0

  private var begin: Double?
  private var lastRun: Double?
  private var pauses: [(end: Double, seconds: Double)] = []

  /// Takes in that the process has run, at a time since boot.
  mutating func noteRun(uptimeSeconds now: Double) {
    if let lastRun { pauses.append((now, now - lastRun)) }
    pauses.removeAll { $0.end < now - Self.memorySeconds }
    begin = begin ?? now
    lastRun = now
  }

  /// Forgets all: for a time that was not seen.
  mutating func forget() { self = VRRPRhythm() }

  /// How long it may sleep now: half as long again as it did in the last minute.
  func patienceSeconds(atLeast least: Double, uptimeSeconds now: Double) -> Double {
    guard let begin, now - begin >= Self.memorySeconds else { return max(least, Self.longestSleepSeconds) }
    let longest = pauses.map(\.seconds).max() ?? Self.longestSleepSeconds
    return max(least, min(longest * 1.5 + 1, Self.longestSleepSeconds))
  }
}
