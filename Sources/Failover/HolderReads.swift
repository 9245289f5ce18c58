/// When EC2 is asked who holds the VIPs.
///
/// One read at a time; what is due while one is under way is due when it has ended.
struct HolderReads: Sendable {
  static let standbyPeriod = Duration.seconds(60)
  static let masterPeriod = Duration.seconds(30)
  /// How much longer the MASTER's period may be, so that the pair's routers and groups don't ask in step; never
  /// shorter, so that a minute has two reads and room for a probe (`AssignProbe.masterCalls`).
  static let masterJitter = 0.2
  static let firstRetry = Duration.seconds(5)
  /// A MASTER that can't read must find a theft soon after it can again.
  static let longestMasterPause = Duration.seconds(10)
  /// Reads that are due within this time of one another are one.
  static let oneReadServes = Duration.milliseconds(500)
  /// While what EC2 says does not fit a router that stands by, for the other one may be about to claim.
  static let oddStandbyPeriod = Duration.seconds(5)
  /// A wish that is repeated for ever, as MASTER_RX_LOWER_PRI is, costs no more reads than this.
  static let shortestPause = Duration.seconds(2)

  /// When reads are due.
  private(set) var dueAt: [Uptime] = []
  /// When the next read is due that nothing but the time asks for.
  private var periodicAt: Uptime?
  /// When the read under way began.
  private(set) var underWaySince: Uptime?
  /// When the last read began.
  private var lastBegunAt: Uptime?
  private var failures = 0

  var isUnderWay: Bool { underWaySince != nil }
  var lastFailed: Bool { failures > 0 }
  /// When the next read is due; nil while one is under way or none is wanted.
  var nextAt: Uptime? { isUnderWay ? nil : (dueAt + [periodicAt].compactMap(\.self)).min() }

  /// Wants a read at that moment, beside what is wanted already.
  mutating func want(at moment: Uptime) {
    dueAt.append(moment)
  }

  /// Wants a read now, or as soon as the shortest pause since the last one is over.
  mutating func wantSoon(at now: Uptime) {
    let earliest = lastBegunAt.map { $0 + Self.shortestPause } ?? now
    let moment = max(now, earliest)
    guard !dueAt.contains(where: { $0 >= now && $0 <= moment }) else { return }
    want(at: moment)
  }

  /// Wants no read any more.
  mutating func wantNone() {
    dueAt = []
    periodicAt = nil
  }

  /// Wants a read after so long without any other.
  mutating func wantAtLatest(at moment: Uptime) {
    periodicAt = moment
  }

  /// Wants reads 2, 5 and 10 s after something happened to VRRP, the link or keepalived, or EC2 accepted.
  mutating func wantAfterEvent(at now: Uptime) {
    for seconds in [2, 5, 10] { want(at: now + .seconds(seconds)) }
  }

  /// Puts the read that only the time asks for off to that moment.
  mutating func postponePeriodic(to moment: Uptime) {
    if let due = periodicAt, due < moment { periodicAt = moment }
  }

  mutating func begin(at now: Uptime) {
    dueAt.removeAll { $0 <= now + Self.oneReadServes }
    periodicAt = nil
    underWaySince = now
    lastBegunAt = now
  }

  mutating func succeeded() {
    failures = 0
    underWaySince = nil
  }

  /// Comes back after 5 s, later and later, at the latest after `longestPause`.
  mutating func failed(at now: Uptime, longestPause: Duration) {
    failures += 1
    underWaySince = nil
    want(at: now + min(Self.firstRetry * Double(1 << min(failures - 1, 4)), longestPause))
  }
}
