import Failover
import FoundationEssentials
import Testing

/// Years of failovers of two routers, in virtual time: each run is minutes of trouble, from a seed.
///
/// A failing seed is printed; `VIPAD_SIMULATION_SEED=N` replays it exactly and prints every step.
/// `VIPAD_SIMULATION_SEEDS=N` runs another number of them.
@Suite(.serialized)
struct SimulationTests {
  @Test(.enabled(if: number("VIPAD_SIMULATION_SEED") == nil))
  func `whatever happens, nothing is seen that must never be`() {
    var (rests, assigns) = (0, 0)
    for seed in 1...(number("VIPAD_SIMULATION_SEEDS") ?? 10_000) {
      let pair = Pair(seed: seed)
      let violation = pair.run()
      rests += pair.referee.restsSeen
      assigns += pair.referee.assignsSeen
      guard let violation else { continue }
      Issue.record("VIPAD_SIMULATION_SEED=\(seed): \(violation)")
      return
    }
    #expect(rests > 0 && assigns > 0)
  }

  @Test(.enabled(if: number("VIPAD_SIMULATION_SEED") != nil))
  func `one seed, printed`() {
    let pair = Pair(seed: number("VIPAD_SIMULATION_SEED") ?? 0)
    pair.trace = { [unowned pair] in print(pair.schedule.now, $0) }
    if let violation = pair.run() { Issue.record("\(violation)") }
  }

  @Test func `a seed always gives the same run`() {
    #expect(lines(seed: 4711) == lines(seed: 4711))
  }

  /// What each fault must be noticed by, within a few runs.
  @Test(
    arguments: [
      (Fault.noGuard, "at rest"), (.noBrake, "faster than the brake allows"),
      (.noGenerationCheck, "a generation that is over"), (.noLiveness, "although its keepalived is"),
    ])
  func `a fault switched in is found`(fault: Fault, words: String) {
    let found = (1...300).lazy.compactMap { Pair(seed: $0, fault: fault).run() }.first
    #expect(found?.contains(words) == true, "\(found ?? "nothing")")
  }

  private func lines(seed: UInt64) -> [String] {
    var lines: [String] = []
    let pair = Pair(seed: seed)
    pair.trace = { [unowned pair] in lines.append("\(pair.schedule.now) \($0)") }
    _ = pair.run()
    return lines
  }
}

private func number(_ name: String) -> UInt64? {
  ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
}
