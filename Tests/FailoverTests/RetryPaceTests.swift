import Failover
import Testing

/// The waits between attempts, within the bounds of the AWS SDKs' retry rules, for many seeds.
struct RetryPaceTests {
  static let seeds: ClosedRange<UInt64> = 1...50

  @Test(arguments: [(RefusalClass.throttled, 1.0), (.transient, 0.05)])
  func `a passing trouble is waited for between 0 and a ceiling that doubles up to 20 s`(
    refusalClass: RefusalClass, baseSeconds: Double
  ) {
    var largest: [Int: Double] = [:]
    for seed in Self.seeds {
      let waits = waits(refusalClass, count: 15, seed: seed)
      for (index, wait) in waits.enumerated() {
        let ceiling = min(baseSeconds * Double(1 << index), 20)
        #expect(wait >= 0 && wait <= ceiling, "attempt \(index + 1), seed \(seed)")
        largest[index] = max(largest[index] ?? 0, wait / ceiling)
      }
    }
    #expect(largest.values.allSatisfy { $0 > 0.8 }, "the whole width is used")
  }

  @Test func `credentials that stay wrong are tried each 5 to 30 s`() {
    for seed in Self.seeds {
      let waits = waits(.credentials, count: 10, seed: seed)
      #expect(waits[0] == 3, "for the refresh")
      #expect(waits.dropFirst().allSatisfy { $0 >= 5 && $0 <= 30 })
    }
  }

  @Test(arguments: [RefusalClass.permission, .configuration])
  func `what needs the operator is tried each 30 s`(refusalClass: RefusalClass) {
    #expect(waits(refusalClass, count: 10, seed: 1).allSatisfy { $0 == 30 })
  }

  @Test func `an unknown interface is tried after half a second, doubling up to 5 s`() {
    #expect(waits(.identity, count: 6, seed: 1) == [0.5, 1, 2, 4, 5, 5])
  }

  @Test(arguments: [RefusalClass.throttled, .transient])
  func `there is no limit to the attempts`(refusalClass: RefusalClass) {
    #expect(waits(refusalClass, count: 2000, seed: 7).allSatisfy { $0 <= 20 })
  }

  @Test func `another class of refusal starts its own row`() {
    var scene = Scene.sending()
    for _ in 1...12 {
      scene.refuse(.transient)
      scene.wake()
    }
    scene.refuse(.identity)
    #expect(scene.wait == .milliseconds(500))
    scene.wake()
    scene.refuse(.transient)
    #expect((scene.wait ?? .zero) <= .milliseconds(50))
  }

  // MARK: EC2's hint

  @Test(arguments: [RefusalClass.throttled, .transient])
  func `a hint is honoured, at most 5 s above the own wait`(refusalClass: RefusalClass) {
    for seed in Self.seeds {
      let own = wait(refusalClass, hint: nil, seed: seed)
      #expect(wait(refusalClass, hint: 2000, seed: seed) == max(own, .seconds(2)))
      #expect(wait(refusalClass, hint: 60_000, seed: seed) == own + .seconds(5))
      #expect(wait(refusalClass, hint: 0, seed: seed) == own)
      #expect(wait(refusalClass, hint: .min, seed: seed) == own)
      #expect(wait(refusalClass, hint: .max, seed: seed) == own + .seconds(5))
    }
  }

  @Test func `a hint does not change the pace of what needs the operator`() {
    #expect(wait(.permission, hint: 1, seed: 1) == .seconds(30))
  }

  private func wait(_ refusalClass: RefusalClass, hint: Int?, seed: UInt64) -> Duration {
    var scene = Scene.sending(seed: seed)
    scene.refuse(refusalClass, hintMilliseconds: hint)
    return scene.wait ?? .zero
  }

  private func waits(_ refusalClass: RefusalClass, count: Int, seed: UInt64) -> [Double] {
    var scene = Scene.sending(seed: seed)
    return (1...count).map { _ in
      scene.refuse(refusalClass)
      defer { scene.wake() }
      return scene.secondsToWait
    }
  }
}

extension Scene {
  /// Seconds until the next wake-up; endless without one, 0 for an Assign that went out at once.
  fileprivate var secondsToWait: Double {
    if rules.onTheWire != nil { return 0 }
    guard let wait else { return .infinity }
    return wait / .seconds(1)
  }
}
