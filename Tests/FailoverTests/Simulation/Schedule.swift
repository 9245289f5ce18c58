import Failover

/// Virtual time: what is to happen, in order; of two things at one moment the one that was planned first.
final class Schedule {
  private struct Plan {
    let at: Double
    let order: Int
    let action: () -> Void

    func isBefore(_ other: Plan) -> Bool { at < other.at || at == other.at && order < other.order }
  }

  /// Seconds since the machines booted.
  private(set) var now = 1000.0
  /// A binary heap: no plan is before its parent.
  private var plans: [Plan] = []
  private var count = 0

  var uptime: Uptime { Uptime(seconds: now) }

  func after(_ seconds: Double, _ action: @escaping () -> Void) {
    at(now + seconds, action)
  }

  func at(_ moment: Double, _ action: @escaping () -> Void) {
    count += 1
    plans.append(Plan(at: max(moment, now), order: count, action: action))
    rise(from: plans.count - 1)
  }

  /// Lets time go by until `end`, or until there is no more to see.
  func run(until end: Double, while goesOn: () -> Bool) {
    while let next = plans.first, next.at <= end, goesOn() {
      removeFirst()
      now = next.at
      next.action()
    }
    now = max(now, end)
  }

  /// Nothing that was planned will happen; what the plans hold on to is let go.
  func clear() { plans = [] }

  private func rise(from index: Int) {
    var child = index
    while child > 0 {
      let parent = (child - 1) / 2
      guard plans[child].isBefore(plans[parent]) else { return }
      plans.swapAt(child, parent)
      child = parent
    }
  }

  private func removeFirst() {
    let last = plans.removeLast()
    guard !plans.isEmpty else { return }
    plans[0] = last
    var parent = 0
    while true {
      let left = 2 * parent + 1
      guard left < plans.count else { return }
      let right = left + 1
      let child = right < plans.count && plans[right].isBefore(plans[left]) ? right : left
      guard plans[child].isBefore(plans[parent]) else { return }
      plans.swapAt(parent, child)
      parent = child
    }
  }
}

/// Everything that is left to chance, from one seed.
final class Chance {
  private var random: SeededRandom

  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  func happens(_ probability: Double) -> Bool { seconds(0...1) < probability }

  func seconds(_ range: ClosedRange<Double>) -> Double {
    let unit = Double(random.next() >> 11) * 0x1p-53
    return range.lowerBound + (range.upperBound - range.lowerBound) * unit
  }

  func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

  func one<T>(of choices: [T]) -> T { choices[number(0...choices.count - 1)] }
}
