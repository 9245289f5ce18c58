/// Keeps which claims are open, and says where intent and outcome don't pair.
///
/// An outcome without an intent is no fault: that claim ended before EC2 was to be called.
struct ClaimLedger {
  /// Claims with an intent and no outcome.
  private(set) var open = OpenClaims()
  private var isOverflowSaid = false
  // The claims that ended last; older ones are forgotten, so that memory stays flat.
  private var ended: Set<String> = []
  private var endedInOrder: ArraySlice<String> = []

  /// Starts in the middle of a log with the claims open there.
  mutating func begin(with claims: [String]) { open = OpenClaims(claims) }

  /// Takes a record in; what is wrong with it, if anything.
  mutating func take(_ record: RecordOutline) -> String? {
    guard let claimId = record.claimId else { return nil }
    defer { open.note(record.event, claimId) }
    switch record.event {
    case .claimIntent: return begin(claimId)
    case .claimOutcome: return end(claimId) ? nil : "a second outcome for claim \(claimId)"
    default: return nil
    }
  }

  private mutating func begin(_ claimId: String) -> String? {
    if open.contains(claimId) || ended.contains(claimId) { return "a second intent for claim \(claimId)" }
    guard open.isFull, !isOverflowSaid else { return nil }
    isOverflowSaid = true
    return "\(OpenClaims.most) claims have no outcome: outcomes are missing; further ones are not followed"
  }

  // False when the claim had ended already.
  private mutating func end(_ claimId: String) -> Bool {
    guard ended.insert(claimId).inserted else { return false }
    endedInOrder.append(claimId)
    if endedInOrder.count > 1024, let oldest = endedInOrder.popFirst() { ended.remove(oldest) }
    return true
  }
}
