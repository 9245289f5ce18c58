import Failover
import Testing

/// The group's state in one word.
struct VerdictTests {
  static let two = ["10.0.0.10", "10.0.0.11"]

  @Test func `unknown: nothing was read yet`() {
    #expect(Scene(unknown: Self.two).group.verdict == .unknown)
    var scene = Scene(unknown: Self.two)
    scene.hook(.backup)
    #expect(scene.group.verdict == .unknown)
  }

  @Test func `standby: not MASTER, another holds all`() {
    #expect(Scene(Self.two).group.verdict == .standby)
  }

  @Test func `orphaned: not MASTER, nobody holds one`() {
    var scene = Scene(Self.two)
    scene.wake()
    scene.read(["10.0.0.10": Scene.there])
    #expect(scene.group.verdict == .orphaned)
  }

  @Test func `misplaced: not MASTER, yet one is here`() {
    var scene = Scene(Self.two)
    scene.wake()
    scene.read(["10.0.0.10": Scene.there, "10.0.0.11": Scene.here])
    #expect(scene.group.verdict == .misplaced)
  }

  @Test func `misplaced: a forced claim was accepted`() {
    var scene = Scene()
    scene.operatorClaims(isForced: true)
    #expect(scene.group.verdict == .standby)
    scene.intentIsRecorded()
    scene.accept()
    #expect(scene.group.verdict == .misplaced)
  }

  @Test func `claiming: from MASTER until it is confirmed`() {
    var scene = Scene()
    scene.hook(.master)
    #expect(scene.group.verdict == .claiming)
    scene.intentIsRecorded()
    #expect(scene.group.verdict == .claiming)
    scene.refuse(.permission)
    #expect(scene.group.verdict == .claiming)
    scene.wake()
    scene.accept()
    #expect(scene.group.verdict == .claiming)
    scene.instanceMetadataLists(["10.0.0.10"])
    #expect(scene.group.verdict == .holding)
  }

  @Test func `claiming: MASTER without an identity`() {
    var scene = Scene(unknown: Self.two)
    scene.hook(.master)
    #expect(scene.group.verdict == .claiming)
  }

  @Test func `holding: MASTER and every VIP confirmed`() {
    var scene = Scene.accepted(Self.two)
    scene.instanceMetadataLists(["10.0.0.10"])
    #expect(scene.group.verdict == .claiming)
    scene.wake()
    scene.instanceMetadataLists(Self.two)
    #expect(scene.group.verdict == .holding)
  }

  @Test func `lost: MASTER, another holds it, and no claim is under way`() {
    var scene = Scene.holding()
    scene.hook(.master)
    scene.tell(.withdrawn(.failed))
    scene.read(allAt: Scene.there)
    #expect(scene.group.verdict == .lost)
  }

  @Test func `standby again when the peer has the VIP`() {
    var scene = Scene.holding()
    scene.hook(.backup)
    #expect(scene.group.verdict == .misplaced, "until EC2 says otherwise")
    scene.read(allAt: Scene.there)
    #expect(scene.group.verdict == .standby)
  }

  // MARK: Since when

  @Test func `a verdict's time is that of its change, and stays while nothing changes it`() {
    var scene = Scene.accepted()
    let accepted = scene.now
    scene.now = scene.now + .seconds(1)
    scene.instanceMetadataLists(["10.0.0.10"])
    #expect(scene.group.verdict == .holding && scene.group.verdictSince == accepted + .seconds(1))
    scene.rest(.seconds(120))
    #expect(scene.group.verdict == .holding && scene.group.verdictSince == accepted + .seconds(1))
  }

  @Test func `MASTER is so since the hook's moment, and a repeated hook does not move that`() {
    var scene = Scene()
    let moment = scene.now + .seconds(1)
    scene.now = moment + .milliseconds(20)
    scene.hook(.master, at: moment)
    #expect(scene.group.vrrpSince == moment)
    scene.now = scene.now + .seconds(60)
    scene.hook(.master)
    #expect(scene.group.vrrpState == .master && scene.group.vrrpSince == moment)
  }

  @Test func `BACKUP by keepalived's death is so since then, not since MASTER`() {
    var scene = Scene.holding()
    scene.shows(keepalived: .dead(reason: "keepalived is dead"))
    #expect(scene.group.vrrpState == .backup && scene.group.vrrpSince == scene.now)
  }

  @Test(arguments: [Witness.kernel, .hook])
  func `FAULT after BACKUP has a time of its own`(witness: Witness) {
    var scene = Scene(witness: witness)
    scene.hook(.backup)
    scene.now = scene.now + .seconds(30)
    scene.hook(.fault)
    #expect(scene.group.vrrpState == .fault && scene.group.vrrpSince == scene.now)
  }

  @Test func `the worst of the groups is the smallest`() {
    let order: [Verdict] = [
      .lost, .orphaned, .misplaced, .contended, .claiming, .unknown, .paused, .standby, .holding,
    ]
    #expect(order.sorted() == order && order.count == Verdict.allCases.count)
  }
}
