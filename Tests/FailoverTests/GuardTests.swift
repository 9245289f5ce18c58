import Failover
import Testing

/// A MASTER's check that it still holds its VIPs.
struct GuardTests {
  static let two = ["10.0.0.10", "10.0.0.11"]

  /// MASTER and holding, and the instance metadata has just stopped listing the VIP: EC2 is being asked.
  static func suspecting(_ vips: [String] = ["10.0.0.10"]) -> Scene {
    var scene = Scene.holding(vips)
    scene.now = scene.now + .milliseconds(100)
    while !scene.words.contains("readLocal") { scene.wake() }
    if scene.rules.readIsUnderWay { scene.read(allAt: Scene.here) }
    scene.instanceMetadataLists([])
    while !scene.rules.readIsUnderWay { scene.wake() }
    return scene
  }

  // MARK: When it looks

  @Test func `the instance metadata is looked at each 5 s, EC2 each 30 s and up to 20 % later`() {
    var pauses: [Double] = []
    for seed in UInt64(1)...40 {
      var scene = Scene.holding(seed: seed)
      var (looks, reads): ([Double], [Double]) = ([], [])
      let end = scene.now + .seconds(300)
      while scene.now < end {
        scene.wake()
        let words = scene.words
        if words.contains("read") {
          reads.append(scene.now.seconds)
          scene.read(allAt: Scene.here)
        }
        if words.contains("readLocal") {
          looks.append(scene.now.seconds)
          scene.instanceMetadataLists(scene.group.vips)
        }
      }
      #expect(zip(looks, looks.dropFirst()).allSatisfy { abs($1 - $0 - 5) < 0.001 })
      pauses += zip(reads, reads.dropFirst()).map { $1 - $0 }
    }
    #expect(pauses.allSatisfy { $0 > 29.9 && $0 < 36.1 })
    #expect((pauses.min() ?? 0) < 31 && (pauses.max() ?? 0) > 35, "the whole width is used")
  }

  @Test func `after an acceptance EC2 is asked 2, 5 and 10 s later`() {
    var scene = Scene.accepted()
    let acceptedAt = scene.now
    scene.instanceMetadataLists(["10.0.0.10"])
    for seconds in [2, 5, 10] {
      while !scene.rules.readIsUnderWay {
        scene.wake()
        if scene.words.contains("readLocal") { scene.instanceMetadataLists(["10.0.0.10"]) }
      }
      #expect(scene.now - acceptedAt == .seconds(seconds))
      scene.read(allAt: Scene.here)
    }
  }

  @Test func `after a change of keepalived or the link EC2 is asked 2, 5 and 10 s later`() {
    var scene = EvidenceTests.sending()
    scene.accept()
    scene.instanceMetadataLists(["10.0.0.10"])
    scene.rest(.seconds(60))
    let changedAt = scene.now
    scene.shows(addressSince: 1000, keepalived: .alive(startedAt: Uptime(seconds: 200)))
    var reads: [Duration] = []
    while scene.now - changedAt < .seconds(10) {
      scene.wake()
      if scene.rules.readIsUnderWay {
        reads.append(scene.now - changedAt)
        scene.read(allAt: Scene.here)
      }
      if scene.rules.localReads > 0 { scene.instanceMetadataLists(["10.0.0.10"]) }
    }
    #expect([2, 5, 10].allSatisfy { reads.contains(.seconds($0)) })
  }

  @Test func `not MASTER, the instance metadata is never looked at`() {
    var scene = Scene()
    for _ in 1...50 {
      scene.wake()
      #expect(!scene.words.contains("readLocal"))
      if scene.rules.readIsUnderWay { scene.read(allAt: Scene.there) }
    }
  }

  // MARK: What it takes for lost

  @Test func `lost is what two reads of EC2 a second apart do not find here`() {
    var scene = Self.suspecting()
    let first = scene.readBegunAt
    scene.read(allAt: Scene.there)
    #expect(scene.effects == [] && scene.group.verdict == .lost)
    scene.wake()
    #expect(scene.words == ["read"] && scene.now - first == .seconds(1))
    scene.read(allAt: Scene.there)
    #expect(scene.words.prefix(2) == ["intent", "answerClaim"])
    #expect(scene.claim?.cause == .guard && scene.claim?.previousNetworkInterfaceId == Scene.there)
    scene.intentIsRecorded()
    #expect(scene.words == ["assign"])
  }

  @Test func `held by nobody is lost as well`() {
    var scene = Self.suspecting()
    scene.read([:])
    scene.wake()
    scene.read([:])
    #expect(scene.claim?.cause == .guard && scene.claim?.outcome == nil)
  }

  @Test func `what the instance metadata misses and EC2 finds here is not lost`() {
    var scene = Self.suspecting()
    let id = scene.claimId
    scene.read(allAt: Scene.here)
    scene.rest(.seconds(20))
    #expect(scene.claimId == id && scene.group.verdict == .holding)
  }

  @Test func `what the second read finds here is not lost`() {
    var scene = Self.suspecting()
    let id = scene.claimId
    scene.read(allAt: Scene.there)
    scene.wake()
    scene.read(allAt: Scene.here)
    scene.rest(.seconds(20))
    #expect(scene.claimId == id && scene.group.verdict == .holding)
  }

  @Test func `only the VIPs that both reads miss are claimed, in one call`() {
    var scene = Self.suspecting(Self.two)
    scene.read([:])
    scene.wake()
    scene.read(["10.0.0.10": Scene.here, "10.0.0.11": Scene.there])
    scene.intentIsRecorded()
    #expect(scene.effects == [.sendAssign(claimId: scene.claimId, n: 1, vips: ["10.0.0.11"])])
  }

  @Test func `a VIP that EC2 refuses leaves the others guarded`() {
    var scene = Scene.sending(Self.two)
    scene.refuse(.configuration)
    scene.accept()
    scene.refuse(.configuration)
    let first = scene.claimId
    let acceptedAt = scene.now
    while scene.claimId == first, scene.now - acceptedAt < .seconds(8) {
      scene.wake()
      if scene.rules.localReads > 0 { scene.instanceMetadataLists([]) }
      if scene.rules.readIsUnderWay { scene.read(allAt: Scene.there) }
    }
    #expect(scene.rules.outcomes[first] == .superseded && scene.claim?.cause == .guard)
    scene.intentIsRecorded()
    #expect(scene.effects == [.sendAssign(claimId: scene.claimId, n: 1, vips: Self.two)])
  }

  @Test func `a VIP that is missed later is claimed with the others, once two reads miss it too`() {
    var scene = Self.suspecting(Self.two)
    let first = scene.readBegunAt
    scene.read(["10.0.0.10": Scene.here, "10.0.0.11": Scene.there])
    scene.wake()
    scene.read(allAt: Scene.there)
    #expect(scene.effects == [])
    scene.wake()
    #expect(scene.words == ["read"] && scene.now - first == .seconds(2))
    scene.read(allAt: Scene.there)
    scene.intentIsRecorded()
    #expect(scene.effects == [.sendAssign(claimId: scene.claimId, n: 1, vips: Self.two)])
  }

  @Test func `a read begun within 2 s of the acceptance says nothing of a loss`() {
    var scene = Scene.accepted()
    scene.instanceMetadataLists(["10.0.0.10"])
    scene.now = scene.now + .milliseconds(1500)
    scene.hook(.master)
    #expect(scene.rules.readIsUnderWay == false, "the claim that has just been accepted is joined or waits")
    scene = Scene.accepted()
    scene.instanceMetadataLists(["10.0.0.10"])
    scene.tell(.localAddressesRead(begunAt: scene.now, addresses: []))
    scene.now = scene.now + .milliseconds(1999)
    let begunAt = scene.now
    scene.tell(.holdersRead(begunAt: begunAt, holders: [:]))
    #expect(scene.group.holdings["10.0.0.10"]?.holder?.networkInterfaceId == Scene.here)
    #expect(scene.group.verdict == .holding)
  }

  @Test func `a look of the guard confirms what EC2 says, and never against it`() {
    var scene = Self.suspecting()
    scene.read(allAt: Scene.there)
    scene.instanceMetadataLists(["10.0.0.10"])
    #expect(scene.group.holdings["10.0.0.10"]?.isConfirmed == false && scene.group.verdict == .lost)
  }

  // MARK: Repeated MASTER

  @Test func `MASTER repeated each second reads EC2 at most every 2 s, in one generation`() {
    var scene = Scene.holding()
    scene.hook(.master)
    scene.intentIsRecorded()
    var reads = 0
    for _ in 1...60 {
      scene.pass(.seconds(1))
      if scene.rules.readIsUnderWay {
        reads += 1
        scene.read(allAt: Scene.here)
      }
      scene.hook(.master)
      if scene.words.contains("intent") { scene.intentIsRecorded() }
      if scene.rules.localReads > 0 { scene.instanceMetadataLists(["10.0.0.10"]) }
    }
    #expect(reads <= 31 && reads > 15)
    #expect(scene.group.generation == 1 && scene.claim?.attempts == [])
  }

  // MARK: War

  /// Guard claims one after another: each is accepted, and the VIP taken again at once.
  static func war(
    seed: UInt64, seconds: Int
  ) -> (scene: Scene, claimedAt: [Double], verdicts: [Verdict], holdDowns: Int) {
    var scene = Scene.holding(seed: seed)
    var (claimedAt, verdicts, holdDowns): ([Double], [Verdict], Int) = ([], [], 0)
    let end = scene.now + .seconds(seconds)
    while scene.now < end {
      scene.wake()
      while true {
        holdDowns += scene.words.count { $0 == "holdDown" }
        if scene.rules.localReads > 0 {
          scene.instanceMetadataLists([])
        } else if scene.rules.readIsUnderWay {
          scene.read(allAt: Scene.there)
        } else if scene.words.contains("intent") {
          claimedAt.append(scene.now.seconds)
          verdicts.append(scene.group.verdict)
          scene.intentIsRecorded()
        } else if scene.rules.onTheWire != nil {
          scene.accept()
        } else {
          break
        }
      }
    }
    return (scene, claimedAt, verdicts, holdDowns)
  }

  @Test(arguments: [1, 2, 3, 4, 5] as [UInt64])
  func `more than 3 guard claims in a minute are a war: contended, then 5 to 8 s apart, never longer`(
    seed: UInt64
  ) {
    let war = Self.war(seed: seed, seconds: 300)
    #expect(war.verdicts.prefix(3).allSatisfy { $0 == .claiming })
    #expect(war.verdicts.dropFirst(3).allSatisfy { $0 == .contended })
    let pauses = zip(war.claimedAt.dropFirst(3), war.claimedAt.dropFirst(4)).map { $1 - $0 }
    #expect(pauses.count > 20 && pauses.allSatisfy { $0 >= 5 && $0 <= 8.001 }, "\(pauses)")
    #expect([0, 1].contains(war.holdDowns - pauses.count), "each pause is counted once")
  }

  @Test func `a minute after the last guard claim the war is over`() {
    var scene = Self.war(seed: 1, seconds: 100).scene
    #expect(scene.group.verdict == .contended)
    scene.rest(.seconds(100))
    #expect(scene.group.verdict == .holding)
  }
}
