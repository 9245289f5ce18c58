import Failover
import Testing

/// An operator stops all claims, and lets them go on.
struct PauseTests {
  @Test func `a pause ends the claim, and nothing is claimed or guarded until resumed`() {
    var scene = Scene.sending()
    scene.tell(.paused)
    #expect(scene.words == ["cut"])
    scene.refuse(.throttled)
    #expect(scene.words == ["cancelled"] && scene.group.verdict == .paused)
    for wish in [false, true] {
      scene.operatorClaims(isForced: wish)
      #expect(scene.effects == [.answer(.paused)])
    }
    scene.hook(.master)
    #expect(scene.effects == [.answer(.paused)])
    for _ in 1...20 {
      scene.wake()
      if scene.rules.readIsUnderWay { scene.read(allAt: Scene.there) }
      #expect(!scene.words.contains("intent") && !scene.words.contains("readLocal"))
    }
  }

  @Test func `a paused group confirms nothing`() {
    var scene = Scene.holding()
    scene.tell(.paused)
    #expect(scene.group.holdings["10.0.0.10"]?.isConfirmed == false)
  }

  @Test func `resumed while MASTER, EC2 is asked and a lost VIP claimed`() {
    var scene = Scene.holding()
    scene.tell(.paused)
    scene.now = scene.now + .seconds(60)
    scene.tell(.resumed)
    #expect(scene.words == ["intent", "answerClaim", "read"])
    #expect(scene.claim?.cause == .operator)
    scene.intentIsRecorded()
    scene.read(allAt: Scene.there)
    #expect(scene.words == ["assign"])
  }

  @Test func `resumed, EC2 is asked at the MASTER's pace again`() {
    var scene = Scene.holding()
    scene.tell(.paused)
    while !scene.rules.readIsUnderWay { scene.wake() }
    scene.read(allAt: Scene.here)
    scene.now = scene.now + .seconds(5)
    scene.tell(.resumed)
    scene.intentIsRecorded()
    scene.read(allAt: Scene.here)
    scene.instanceMetadataLists(["10.0.0.10"])
    let readAt = scene.readBegunAt
    while !scene.rules.readIsUnderWay {
      scene.wake()
      if scene.rules.localReads > 0 { scene.tell(.localAddressesUnreadable) }
    }
    #expect(scene.now - readAt <= .seconds(36))
  }

  @Test func `MASTER during a pause is claimed when it ends`() {
    var scene = Scene()
    scene.tell(.paused)
    scene.shows(addressSince: 1000)
    scene.hook(.master)
    #expect(scene.effects == [.answer(.paused)])
    var kernel = EvidenceTests.kernel()
    kernel.tell(.paused)
    kernel.shows(addressSince: 1000)
    #expect(kernel.effects == [] && kernel.group.isMaster)
    kernel.tell(.resumed)
    #expect(kernel.words.prefix(1) == ["intent"])
  }

  @Test func `resumed while not MASTER, nothing is claimed; resumed twice, nothing happens`() {
    var scene = Scene()
    scene.tell(.paused)
    scene.tell(.resumed)
    #expect(scene.words == ["read"] && scene.claim == nil)
    scene.tell(.resumed)
    #expect(scene.effects == [])
  }

  @Test func `standby counts during a pause`() {
    var scene = Scene.holding()
    scene.tell(.paused)
    scene.hook(.backup)
    #expect(scene.words.contains("standby") && !scene.group.isMaster)
    scene.tell(.resumed)
    #expect(!scene.words.contains("intent"))
  }
}
