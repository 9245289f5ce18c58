import Audit
import Synchronization

/// The last 1,000 claims that ended, from before the start too.
final class ClaimHistory: Sendable {
  /// Some of them, newest first.
  struct Page: JSONDocument {
    var claims: [PastClaim]
    /// The claim to go on behind, as `before`; null at the end.
    @OrNull var next: String?
  }

  private struct State {
    /// Oldest first.
    var claims: [KeptClaim] = []
    var version: UInt64 = 0
  }

  static let kept = 1000
  private let state = Mutex(State())

  /// Grows with each change.
  var version: UInt64 { state.withLock { $0.version } }

  /// Keeps a claim that has just ended.
  func add(_ claim: KeptClaim?) {
    guard let claim else { return }
    state.withLock { state in
      state.claims.append(claim)
      if state.claims.count > Self.kept { state.claims.removeFirst() }
      state.version &+= 1
    }
  }

  /// The instance metadata showed a claim's VIPs.
  func confirm(_ claimId: String, afterMilliseconds milliseconds: Double?) {
    state.withLock { state in
      guard let id = UInt64(claimId, radix: 16),
        let index = state.claims.lastIndex(where: { $0.id == id })
      else { return }
      state.claims[index].confirmedMilliseconds = milliseconds
      state.version &+= 1
    }
  }

  /// Puts claims of before the start behind those since then; `earlier` is oldest first.
  func fill(with earlier: [KeptClaim]) {
    state.withLock { state in
      let known = Set(state.claims.map(\.id))
      let all = earlier.filter { !known.contains($0.id) } + state.claims
      state.claims = Array(all.suffix(Self.kept))
      state.version &+= 1
    }
  }

  /// The newest claims, or those before a given one; nil where that is not kept.
  func page(before claimId: String?, limit: Int) -> Page? {
    state.withLock { state in
      var older = state.claims[...]
      if let claimId {
        guard let id = UInt64(claimId, radix: 16),
          let index = state.claims.lastIndex(where: { $0.id == id })
        else { return nil }
        older = state.claims[..<index]
      }
      let claims = older.suffix(limit).reversed().map(\.document)
      return Page(claims: claims, next: older.count > limit ? claims.last?.claimId : nil)
    }
  }
}
