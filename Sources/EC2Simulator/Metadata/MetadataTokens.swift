/// The session tokens of one router's metadata service.
struct MetadataTokens: Sendable {
  private var ends: [String: UInt64] = [:]
  private var serial = 0
  let prefix: String

  init(prefix: String) { self.prefix = prefix }

  /// A new token that lives for a number of seconds.
  mutating func issue(seconds: Int, at now: Moment) -> String {
    serial += 1
    let token = "\(prefix)-\(serial)=="
    ends[token] = now.uptimeNanoseconds + UInt64(seconds) * 1_000_000_000
    return token
  }

  func accepts(_ token: String?, at now: Moment) -> Bool {
    guard let token, let end = ends[token] else { return false }
    return now.uptimeNanoseconds < end
  }

  /// Forgets all tokens, as the service does on a change of its options.
  mutating func drop() { ends = [:] }
}
