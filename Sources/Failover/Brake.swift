/// Limits the Assigns of this router, over all groups and causes: 5 at once, then one every 2 s.
///
/// EC2 gives an account a burst of 50 and 5 a second for all its tools together; two routers that fight
/// must leave room for the one that is right. The first Assign after a quiet time is immediate.
public struct Brake: Sendable, Hashable {
  private let burst: Int
  private let period: Duration
  /// When each of the last Assigns gives its place free again; in order.
  private var freeAt: [Uptime] = []

  /// A brake that has been quiet.
  public init(burst: Int = 5, period: Duration = .seconds(2)) {
    self.burst = burst
    self.period = period
  }

  /// Takes a place if there is one.
  mutating func take(at now: Uptime) -> Bool {
    freeAt.removeAll { $0 <= now }
    guard freeAt.count < burst else { return false }
    freeAt.append((freeAt.last ?? now) + period)
    return true
  }

  /// When there is a place again; nil where there is one now.
  func nextAt(_ now: Uptime) -> Uptime? {
    let taken = freeAt.filter { $0 > now }
    return taken.count < burst ? nil : taken.first
  }
}
