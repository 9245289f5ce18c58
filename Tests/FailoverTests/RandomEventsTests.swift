import Failover
import FoundationEssentials
import Testing

/// Thousands of random histories, each from a seed.
///
/// `VIPAD_FAILOVER_SEED=N swift test --filter RandomEventsTests` replays one and prints each event with
/// what came of it; `VIPAD_FAILOVER_SEEDS=N` runs another number of them.
struct RandomEventsTests {
  static let parts = 4
  static let steps = 60

  @Test(.enabled(if: Self.number("VIPAD_FAILOVER_SEED") == nil), arguments: 0..<parts)
  func `whatever happens, the rules hold and the group comes to rest in the right place`(part: Int) {
    let count = Self.number("VIPAD_FAILOVER_SEEDS") ?? 1000
    for seed in UInt64(1)...count where seed % UInt64(Self.parts) == UInt64(part) {
      var world = World(seed: seed)
      world.run(steps: Self.steps)
      guard let broken = world.broken else { continue }
      Issue.record("VIPAD_FAILOVER_SEED=\(seed): \(broken)")
      return
    }
  }

  @Test(.enabled(if: Self.number("VIPAD_FAILOVER_SEED") != nil))
  func `one seed, printed`() {
    var world = World(seed: Self.number("VIPAD_FAILOVER_SEED") ?? 0)
    world.trace = { print($0.seconds, $1, "->", $2.joined(separator: " ")) }
    world.run(steps: Self.steps)
    if let broken = world.broken { Issue.record("\(broken)") }
  }

  @Test func `a seed always gives the same history`() {
    let (first, second) = (History(), History())
    for history in [first, second] {
      var world = World(seed: 4711)
      world.trace = { moment, _, words in history.lines.append("\(moment.seconds) \(words)") }
      world.run(steps: Self.steps)
    }
    #expect(first.lines == second.lines && first.lines.count > Self.steps)
  }

  private final class History {
    var lines: [String] = []
  }

  private static func number(_ name: String) -> UInt64? {
    ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
  }
}
