import Failover
import Testing

/// When EC2 is asked who holds the VIPs, and which answers count.
struct ObservingTests {
  static let two = ["10.0.0.10", "10.0.0.11"]

  // MARK: Already held

  @Test func `MASTER again is already held when a read begun after the wish says so`() {
    var scene = Scene.holding(Self.two)
    scene.hook(.master)
    #expect(scene.words == ["intent", "answerClaim", "read"])
    scene.intentIsRecorded()
    #expect(scene.effects == [], "no Assign while EC2 is asked")
    scene.read(allAt: Scene.here)
    #expect(scene.words == ["alreadyHeld", "readLocal"])
    #expect(scene.claim?.attempts == [])
  }

  @Test func `a read begun before the wish says nothing about it`() {
    var scene = Scene.holding()
    scene.tell(.interfaceIdentified(networkInterfaceId: "eni-new"))
    #expect(scene.words == ["read"])
    scene.now = scene.now + .milliseconds(10)
    scene.hook(.master)
    scene.intentIsRecorded()
    scene.read(allAt: "eni-new")
    scene.wake()
    #expect(scene.words == ["read"], "another one, begun after the wish")
    scene.read(allAt: "eni-new")
    #expect(scene.words.first == "alreadyHeld")
  }

  @Test func `only the VIPs that were lost are claimed, and the claim knows from whom`() {
    var scene = Scene.holding(Self.two)
    scene.hook(.master)
    scene.intentIsRecorded()
    scene.read(["10.0.0.10": Scene.here, "10.0.0.11": Scene.there])
    #expect(scene.effects == [.sendAssign(claimId: scene.claimId, n: 1, vips: ["10.0.0.11"])])
    #expect(scene.claim?.previousNetworkInterfaceId == Scene.there)
    scene.accept()
    #expect(scene.words == ["accepted", "readLocal"])
  }

  @Test func `a VIP that nobody holds is claimed`() {
    var scene = Scene.holding()
    scene.hook(.master)
    scene.intentIsRecorded()
    scene.read([:])
    #expect(scene.words == ["assign"])
    #expect(scene.claim?.previousNetworkInterfaceId == nil)
  }

  @Test func `a read that fails lets the claim go on with Assign`() {
    var scene = Scene.holding()
    scene.hook(.master)
    scene.intentIsRecorded()
    scene.tell(.holdersUnreadable)
    #expect(scene.words == ["assign"])
  }

  @Test func `the intent is waited for after the read too`() {
    var scene = Scene.holding()
    scene.hook(.master)
    scene.read(allAt: Scene.there)
    #expect(scene.effects == [])
    scene.intentIsRecorded()
    #expect(scene.words == ["assign"])
  }

  // MARK: Which read counts

  @Test func `a read that began before an acceptance does not undo it`() {
    var scene = Scene()
    scene.pass(.seconds(60))
    #expect(scene.words == ["read"])
    scene.now = scene.now + .milliseconds(10)
    scene.hook(.master)
    scene.intentIsRecorded()
    scene.now = scene.now + .milliseconds(200)
    scene.accept()
    scene.read(allAt: Scene.there)
    #expect(scene.group.holdings["10.0.0.10"]?.holder?.networkInterfaceId == Scene.here)
    #expect(scene.group.holdings["10.0.0.10"]?.source == .assign)
  }

  @Test func `a read that says the same keeps since when`() {
    var scene = Scene()
    let first = scene.group.holdings
    scene.pass(.seconds(60))
    scene.read(allAt: Scene.there)
    #expect(scene.group.holdings == first)
  }

  @Test func `what EC2 says of the holder is kept: interface, instance, source`() {
    var scene = Scene()
    scene.pass(.seconds(60))
    let holder = Holder(networkInterfaceId: "eni-third", instanceId: "i-third")
    scene.tell(.holdersRead(begunAt: scene.readBegunAt, holders: ["10.0.0.10": holder]))
    let holding = scene.group.holdings["10.0.0.10"]
    #expect(holding?.holder == holder && holding?.source == .ec2 && holding?.observedAt == scene.now)
  }

  @Test func `another interface voids what was known, and EC2 is asked`() {
    var scene = Scene.holding()
    scene.tell(.interfaceIdentified(networkInterfaceId: "eni-new"))
    #expect(scene.words == ["read"])
    #expect(scene.group.holdings == [:])
  }

  // MARK: When

  @Test func `EC2 is asked as soon as the identity is known`() {
    var scene = Scene(unknown: Self.two)
    #expect(scene.wakeAt == nil)
    scene.tell(.interfaceIdentified(networkInterfaceId: Scene.here))
    #expect(scene.effects == [.readHolders(vips: Self.two)])
    scene.tell(.interfaceIdentified(networkInterfaceId: Scene.here))
    #expect(scene.effects == [])
  }

  @Test func `not MASTER, EC2 is asked each 60 s`() {
    var scene = Scene()
    for _ in 1...5 {
      #expect(scene.wait == .seconds(60))
      scene.pass(.milliseconds(59_999))
      #expect(scene.effects == [])
      scene.wake()
      #expect(scene.words == ["read"])
      scene.read(allAt: Scene.there)
    }
  }

  @Test func `while a claim waits to be tried again, EC2 is not asked besides`() {
    var scene = Scene.sending()
    for _ in 1...100 {
      scene.refuse(.permission)
      scene.wake()
      #expect(scene.words == ["assign"])
    }
  }

  @Test func `after standby EC2 is asked at once`() {
    var scene = Scene.holding()
    scene.hook(.backup)
    #expect(scene.words == ["standby", "read", "answerStandby"])
    scene.read(allAt: Scene.there)
    #expect(scene.wait == .seconds(2))
  }

  @Test func `reads that fail are repeated after 5 s, doubling up to 60 s`() {
    var scene = Scene()
    scene.pass(.seconds(60))
    for seconds in [5, 10, 20, 40, 60, 60, 60] {
      scene.tell(.holdersUnreadable)
      #expect(scene.wait == .seconds(seconds))
      scene.wake()
      #expect(scene.words == ["read"])
    }
    scene.read(allAt: Scene.there)
    scene.wake()
    scene.tell(.holdersUnreadable)
    #expect(scene.wait == .seconds(5), "a success starts the row anew")
  }

  @Test func `fresh credentials repeat a failed read at once, a good one not`() {
    var scene = Scene()
    scene.tell(.credentialsRefreshed)
    #expect(scene.effects == [])
    scene.wake()
    scene.tell(.holdersUnreadable)
    scene.tell(.credentialsRefreshed)
    #expect(scene.words == ["read"])
  }
}
