import Failover
import Testing

/// The brake is the router's: over all groups and causes.
struct BrakeTests {
  /// Assigns of a group that flaps ten times a second for that long, in seconds from the first flap.
  static func flap(_ router: inout Router, _ name: String, seconds: Double) -> [Double] {
    var sent: [Double] = []
    for step in 0..<Int(seconds * 10) {
      let now = Uptime(seconds: 1000 + Double(step) / 10)
      var events: [Event] = [.timePassed]
      if step % 2 == 0 {
        events.append(.claimRequested(Transition(to: .master, at: now, cause: .vrrp), isForced: false))
      } else {
        events.append(.standbyRequested(Transition(to: .backup, at: now, cause: .vrrp)))
      }
      while let event = events.popLast() {
        for (_, effect) in router.handle(event, for: name, at: now) {
          switch effect {
          case .recordIntent(let claim): events.append(.intentRecorded(claimId: claim.id))
          case .sendAssign: sent.append(now.seconds - 1000)
          case .cutAssign(let id):
            events.append(.assignAnswered(claimId: id, BrakeTests.cut))
          default: break
          }
        }
      }
    }
    return sent
  }

  static let cut = AssignAnswer(.failure(Refusal(.transient, message: "cut")), milliseconds: 1)

  static func router(_ names: [String], brake: Brake = Brake()) -> Router {
    var router = Router(names.map { Group(name: $0, vips: [$0], seed: 1) }, brake: brake)
    for name in names {
      _ = router.handle(.evidenceChanged(Evidence()), for: name, at: Uptime(seconds: 900))
      _ = router.handle(.interfaceIdentified(networkInterfaceId: "eni"), for: name, at: Uptime(seconds: 900))
    }
    return router
  }

  @Test func `a flapping MASTER sends 5 Assigns at once, then one every 2 s`() {
    var router = Self.router(["a"])
    let sent = Self.flap(&router, "a", seconds: 60)
    #expect(sent.prefix(5).map { ($0 * 10).rounded() } == [0, 2, 4, 6, 8])
    for (index, moment) in sent.enumerated() { #expect(Double(index + 1) <= 5 + moment / 2 + 0.001) }
    #expect(sent.count >= 30, "and no fewer than are allowed")
    var free = Self.router(["a"], brake: Brake(burst: .max))
    #expect(Self.flap(&free, "a", seconds: 60).count == 300)
  }

  @Test func `the first after a quiet time is immediate`() {
    var router = Self.router(["a"])
    _ = Self.flap(&router, "a", seconds: 30)
    let now = Uptime(seconds: 1100)
    let wish = Transition(to: .master, at: now, cause: .vrrp)
    let begun = router.handle(.claimRequested(wish, isForced: false), for: "a", at: now)
    let id = router["a"]?.claim?.id ?? ""
    #expect(begun.map(\.effect.word) == ["intent", "answerClaim"])
    let sent = router.handle(.intentRecorded(claimId: id), for: "a", at: now)
    #expect(sent.map(\.effect.word) == ["assign"])
  }

  @Test func `groups share it, and the newest wish comes first`() {
    let names = ["a", "b", "c"]
    var router = Self.router(names, brake: Brake(burst: 1))
    for (index, name) in names.enumerated() {
      let now = Uptime(seconds: 1000 + Double(index) / 10)
      let wish = Transition(to: .master, at: now, cause: .vrrp)
      _ = router.handle(.claimRequested(wish, isForced: false), for: name, at: now)
      let id = router[name]?.claim?.id ?? ""
      _ = router.handle(.intentRecorded(claimId: id), for: name, at: now)
    }
    var order: [String] = []
    for _ in 1...2 {
      let now = router.nextWakeAt("b", at: Uptime(seconds: 1000.3)) ?? Uptime(seconds: 0)
      let wake = max(now, Uptime(seconds: order.isEmpty ? 1002 : 1004))
      let sent = router.handle(.timePassed, for: "b", at: wake).filter { $0.effect.word == "assign" }
      order += sent.map(\.group)
    }
    #expect(order == ["c", "b"])
  }

  @Test func `an Assign that is held back is counted once, however often it is looked at`() {
    var scene = Scene(brake: Brake(burst: 2))
    scene.hook(.master)
    scene.intentIsRecorded()
    scene.refuse(.transient)
    scene.wake()
    #expect(scene.words == ["assign"], "there was a place")
    scene.refuse(.transient)
    scene.wake()
    #expect(scene.words == ["holdDown"])
    scene.pass(.milliseconds(100))
    #expect(scene.words == [])
    scene.wake()
    #expect(scene.words == ["assign"])
    scene.refuse(.transient)
    scene.wake()
    #expect(scene.words == ["holdDown"], "the next one is another")
  }

  @Test func `what is held back is counted for its own group`() {
    var router = Self.router(["a", "b"], brake: Brake(burst: 1))
    var heldDown: [String] = []
    for name in ["a", "b"] {
      let now = Uptime(seconds: 1000)
      let wish = Transition(to: .master, at: now, cause: .vrrp)
      _ = router.handle(.claimRequested(wish, isForced: false), for: name, at: now)
      let id = router[name]?.claim?.id ?? ""
      let effects = router.handle(.intentRecorded(claimId: id), for: name, at: now)
      heldDown += effects.filter { $0.effect == .countHoldDown }.map(\.group)
    }
    #expect(heldDown == ["b"])
  }
}
