import Glibc
import Synchronization

/// How many connections each user of a Unix socket has, so that none can take all there are.
final class UserLimit: Sendable {
  private let limit: UInt32
  private let counts = Mutex<[UInt32: UInt32]>([:])

  /// 0: no limit.
  init(_ limit: UInt32) { self.limit = limit }

  /// Counts a connection in; false if its user has as many as one may have.
  func enter(_ peer: Peer) -> Bool {
    guard let user = Self.limitedUser(peer) else { return true }
    return counts.withLock { counts in
      counts[user, default: 0] += 1
      return limit == 0 || counts[user, default: 0] <= limit
    }
  }

  /// Counts a connection out, whatever `enter` said of it.
  func leave(_ peer: Peer) {
    guard let user = Self.limitedUser(peer) else { return }
    counts.withLock { counts in
      let left = (counts[user] ?? 1) - 1
      counts[user] = left == 0 ? nil : left
    }
  }

  /// Root and the daemon's user may do all that it may: no limit would hold them.
  private static func limitedUser(_ peer: Peer) -> UInt32? {
    guard case .unix(_, let user, _, _) = peer, user != 0, user != geteuid() else { return nil }
    return user
  }
}
