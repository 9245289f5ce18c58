import Testing

@testable import Failover

@Suite struct AssignProbeTests {
  private static let start = Uptime(seconds: 1000)

  @Test func theFirstProbeWaitsForNothing() {
    var probe = AssignProbe(period: .seconds(600), seed: 1)
    probe.called(at: Self.start)
    #expect(probe.step(isMaster: false, at: Self.start) == .send)
  }

  @Test func withoutAPeriodThereIsNone() {
    let probe = AssignProbe(period: nil, seed: 1)
    #expect(!probe.isOn)
    #expect(probe.step(isMaster: true, at: Self.start) == .wait(until: nil))
  }

  @Test(arguments: 0..<200)
  func twoProbesAreAtLeastTenMinutesApartAndNotInStep(_ seed: UInt64) throws {
    var probe = AssignProbe(period: .seconds(1), seed: seed)
    probe.probed(at: Self.start)
    guard case .wait(let until?) = probe.step(isMaster: true, at: Self.start) else {
      Issue.record("a probe right after another")
      return
    }
    #expect(until - Self.start >= .seconds(600))
    #expect(until - Self.start <= .seconds(720))
  }

  @Test func jitterDiffersFromRouterToRouter() {
    let moments = (0..<UInt64(20)).map { seed in
      var probe = AssignProbe(period: .seconds(600), seed: seed)
      probe.probed(at: Self.start)
      return probe.step(isMaster: true, at: Self.start)
    }
    #expect(Set(moments).count == 20)
  }

  @Test func severalInterfacesTakeTurnsWithinOneRound() {
    var probe = AssignProbe(period: .seconds(600), seed: 1)
    probe.probed(at: Self.start, isLast: false)
    #expect(probe.step(isMaster: false, at: Self.start + .seconds(1)) == .send)
    probe.probed(at: Self.start + .seconds(1), isLast: true)
    #expect(probe.step(isMaster: false, at: Self.start + .seconds(2)) != .send)
  }

  /// A quiet standby for a day: reads every 60 s as the group makes them, probes as they fit.
  @Test(arguments: 0..<10)
  func aStandbyMakesOneCallAMinute(_ seed: UInt64) throws {
    let calls = try day(isMaster: false, seed: seed)
    #expect(most(in: calls) <= AssignProbe.standbyCalls)
  }

  /// A quiet MASTER for a day.
  @Test(arguments: 0..<10)
  func aMasterMakesThreeCallsAMinute(_ seed: UInt64) throws {
    let calls = try day(isMaster: true, seed: seed)
    #expect(most(in: calls) <= AssignProbe.masterCalls)
    #expect(most(in: calls) > 1, "the guard reads")
  }

  /// Drives a real group and a probe by a virtual clock; gives the moments of all calls after the start.
  private func day(isMaster: Bool, seed: UInt64) throws -> [Uptime] {
    var router = Router([Group(name: "g", vips: ["10.0.0.9"], seed: seed)])
    var probe = AssignProbe(period: .seconds(600), seed: seed)
    var now = Self.start
    var calls: [Uptime] = []
    var probes = 0
    var nextProbe = now
    let holder = Holder(networkInterfaceId: isMaster ? "eni-own" : "eni-other")
    func handle(_ event: Event) {
      var events = [event]
      while let next = events.popLast() {
        for (_, effect) in router.handle(next, for: "g", at: now) {
          switch effect {
          case .readHolders:
            calls.append(now)
            probe.called(at: now)
            events.append(.holdersRead(begunAt: now, holders: ["10.0.0.9": holder]))
          case .recordIntent(let claim): events.append(.intentRecorded(claimId: claim.id))
          case .sendAssign(let id, _, _):
            let accepted = AssignAnswer(.success(.init(httpStatus: 200, awsRequestId: "r")), milliseconds: 1)
            events.append(.assignAnswered(claimId: id, accepted))
          case .readLocalAddresses:
            events.append(.localAddressesRead(begunAt: now, addresses: isMaster ? ["10.0.0.9"] : []))
          default: break
          }
        }
      }
    }
    handle(.evidenceChanged(Evidence(keepalived: .unwatched)))
    handle(.interfaceIdentified(networkInterfaceId: "eni-own"))
    if isMaster { handle(.claimRequested(Transition(to: .master, at: now, cause: .vrrp), isForced: false)) }
    try #require(router["g"]?.isMaster == isMaster)
    let end = now + .seconds(24 * 3600)
    while now < end {
      let wake = router.nextWakeAt("g", at: now) ?? end
      now = max(now, min(wake, nextProbe, end))
      if now >= wake { handle(.timePassed) }
      guard now >= nextProbe else { continue }
      switch probe.step(isMaster: isMaster, at: now) {
      case .wait(let until): nextProbe = until ?? end
      case .makeRoom(let until, let readsFrom):
        router.postponeReads(to: readsFrom)
        nextProbe = until
      case .send:
        calls.append(now)
        probes += 1
        probe.probed(at: now)
        nextProbe = now + .seconds(1)
      }
    }
    #expect((110...145).contains(probes), "\(probes) probes in a day")
    return calls.filter { $0 > Self.start + .seconds(120) }
  }

  /// The most calls in any 60 s.
  private func most(in calls: [Uptime]) -> Int {
    let sorted = calls.sorted()
    return sorted.indices.map { first in
      sorted[first...].prefix { $0 - sorted[first] < .seconds(60) }.count
    }.max() ?? 0
  }
}
