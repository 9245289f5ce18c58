import Failover

/// What a router's audit log has of its claims: written in order, and sometimes slowly.
final class AuditTrail {
  enum Entry {
    case intent(claimId: String, vips: [String])
    case outcome(claimId: String, String)
  }

  /// How long a write takes.
  var diskSeconds = 0.001...0.005
  private var entries: [(entry: Entry, durableAt: Double)] = []
  private let schedule: Schedule
  private let chance: Chance

  init(_ schedule: Schedule, _ chance: Chance) {
    (self.schedule, self.chance) = (schedule, chance)
  }

  /// Hands over an entry; returns when it will be on the disk.
  @discardableResult
  func append(_ entry: Entry) -> Double {
    let begins = max(schedule.now, entries.last?.durableAt ?? 0)
    let durableAt = begins + chance.seconds(diskSeconds)
    entries.append((entry, durableAt))
    return durableAt
  }

  /// The process dies: what is not on the disk yet never will be.
  func loseUnwritten() {
    entries.removeAll { $0.durableAt > schedule.now }
  }

  /// Intents without an outcome.
  var open: [(claimId: String, vips: [String])] {
    var open: [(claimId: String, vips: [String])] = []
    for entry in entries.map(\.entry) {
      switch entry {
      case .intent(let claimId, let vips): open.append((claimId, vips))
      case .outcome(let claimId, _): open.removeAll { $0.claimId == claimId }
      }
    }
    return open
  }

  /// A claim with two intents, two outcomes or an outcome without an intent.
  var fault: String? {
    var intents: Set<String> = []
    var outcomes: Set<String> = []
    for entry in entries.map(\.entry) {
      switch entry {
      case .intent(let id, _) where !intents.insert(id).inserted: return "two intents of \(id)"
      case .outcome(let id, _) where !intents.contains(id): return "an outcome of \(id) without an intent"
      case .outcome(let id, let outcome) where !outcomes.insert(id).inserted:
        return "a second outcome of \(id): \(outcome)"
      default: break
      }
    }
    return nil
  }
}
