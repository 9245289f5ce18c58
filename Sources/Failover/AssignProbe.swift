/// When EC2 is asked whether it would let this router assign addresses.
///
/// A probe keeps to the calls that a quiet router may make: over any minute `masterCalls` or `standbyCalls`, reads of
/// the holders included. The read that a standby would make within a minute of the probe is put off.
public struct AssignProbe: Sendable {
  /// What is to be done now.
  public enum Step: Sendable, Hashable {
    /// Look again at that moment; nil: never.
    case wait(until: Uptime?)
    /// Put periodic reads off to `readsFrom`, and look again at `until`.
    case makeRoom(until: Uptime, readsFrom: Uptime)
    /// Send the probe now.
    case send
  }

  /// The time that the calls are counted over.
  public static let window = Duration.seconds(60)
  /// Background calls of a MASTER in any minute.
  public static let masterCalls = 3
  /// Background calls of a standby in any minute.
  public static let standbyCalls = 1
  /// Never more often than this, in seconds.
  public static let shortestPeriodSeconds = 600
  /// How much later than its period a probe may be, so that the pair's routers don't ask in step.
  static let jitter = 0.2
  /// The pause between two probes; nil: none is ever sent.
  private let period: Duration?
  private var random: SeededRandom
  private var nextAt: Uptime?
  private var isFirst = true
  /// Background calls of the last minute.
  private var calls: [Uptime] = []

  /// Sends the first probe as soon as it is asked for; without a period none.
  public init(period: Duration?, seed: UInt64) {
    self.period = period.map { max($0, .seconds(Self.shortestPeriodSeconds)) }
    random = SeededRandom(seed: seed)
  }

  /// How long an answer counts: one probe may come to nothing.
  public var longestAge: Duration? { period.map { $0 * 3 } }

  /// Whether probes are sent at all.
  public var isOn: Bool { period != nil }

  /// A read of EC2 went out in the background.
  public mutating func called(at now: Uptime) {
    calls = calls.filter { now - $0 < Self.window } + [now]
  }

  /// A probe went out; `isLast`: every interface has had its turn.
  public mutating func probed(at now: Uptime, isLast: Bool = true) {
    called(at: now)
    guard isLast else { return }
    isFirst = false
    nextAt = period.map { now + $0 * (1 + Self.jitter * random.fraction()) }
  }

  /// What is to be done now.
  ///
  /// The first probe is part of the start, which has calls of its own, and waits for nothing.
  public func step(isMaster: Bool, at now: Uptime) -> Step {
    guard isOn else { return .wait(until: nil) }
    if let nextAt, nextAt > now { return .wait(until: nextAt) }
    let recent = calls.filter { now - $0 < Self.window }
    guard !isFirst, let first = recent.first, let last = recent.last else { return .send }
    guard isMaster else {
      let free = last + Self.window
      return .makeRoom(until: free, readsFrom: free + Self.window)
    }
    return recent.count < Self.masterCalls ? .send : .wait(until: first + Self.window)
  }
}
