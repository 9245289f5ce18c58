/// EC2's request throttling: a token bucket for each account and action.
///
/// Source: "Request throttling for the Amazon EC2 API".
struct TokenBuckets: Sendable {
  private struct Level {
    var tokens: Double
    var uptimeNanoseconds: UInt64
  }

  var sizes: Topology.Throttling
  private var levels: [String: Level] = [:]

  init(_ sizes: Topology.Throttling) { self.sizes = sizes }

  /// Takes one token.
  ///
  /// - Throws: RequestLimitExceeded when there is none.
  mutating func take(accountId: String, action: EC2Action, at now: Moment) throws(EC2Error) {
    let size = action.isMutating ? sizes.mutating : sizes.reading
    let name = "\(accountId) \(action.rawValue)"
    var level = levels[name] ?? Level(tokens: size.burst, uptimeNanoseconds: now.uptimeNanoseconds)
    let seconds = Double(now.uptimeNanoseconds - min(now.uptimeNanoseconds, level.uptimeNanoseconds)) / 1e9
    level.tokens = min(size.burst, level.tokens + seconds * size.perSecond)
    level.uptimeNanoseconds = now.uptimeNanoseconds
    let isAllowed = level.tokens >= 1
    if isAllowed { level.tokens -= 1 }
    levels[name] = level
    guard isAllowed else {
      throw EC2Error("RequestLimitExceeded", "Request limit exceeded.", httpStatus: 503)
    }
  }
}
