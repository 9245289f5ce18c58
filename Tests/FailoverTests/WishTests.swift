import Failover
import Testing

/// What callers wish: hooks and operators, in any order.
struct WishTests {
  @Test func `MASTER begins a claim: intent first, then the answer`() {
    var scene = Scene()
    scene.hook(.master)
    #expect(scene.words == ["intent", "answerClaim"])
    #expect(scene.group.isMaster && scene.group.generation == 1)
    scene.intentIsRecorded()
    #expect(
      scene.effects == [.sendAssign(claimId: scene.claimId, n: 1, vips: ["10.0.0.10"])])
  }

  @Test func `MASTER always sends Assign, even where the last read said that the VIP is here`() {
    var scene = Scene()
    scene.pass(.seconds(60))
    scene.read(allAt: Scene.here)
    scene.hook(.master)
    scene.intentIsRecorded()
    #expect(scene.words == ["assign"])
  }

  @Test func `the claim knows who had the VIP before`() {
    var scene = Scene()
    scene.hook(.master)
    #expect(scene.claim?.previousNetworkInterfaceId == Scene.there)
  }

  @Test func `a thousand wishes at once are one claim with one Assign`() {
    var scene = Scene()
    scene.hook(.master)
    let id = scene.claimId
    for _ in 1..<1000 {
      scene.hook(.master)
      #expect(scene.effects == [.answer(.claim(id: id))])
    }
    scene.intentIsRecorded()
    #expect(scene.words == ["assign"])
    scene.accept()
    #expect(scene.rules.intents == [id])
  }

  @Test(arguments: [(0, true), (999, true), (1000, false), (5000, false)])
  func `a wish joins a claim accepted under 1 s ago`(milliseconds: Int, joins: Bool) {
    var scene = Scene.accepted()
    scene.now = scene.now + .milliseconds(milliseconds)
    scene.hook(.master)
    #expect(scene.words.filter { $0 != "read" } == (joins ? ["answerClaim"] : ["intent", "answerClaim"]))
  }

  @Test func `no wish joins a claim whose first VIPs were accepted long before its last`() {
    var scene = Scene.sending(["10.0.0.10", "10.0.0.11"])
    scene.refuse(.configuration)
    scene.accept()
    scene.refuse(.configuration)
    scene.rest(.seconds(29))
    while scene.rules.onTheWire == nil { scene.wake() }
    scene.accept()
    #expect(scene.claim?.outcome == .accepted)
    scene.hook(.master)
    #expect(scene.words.prefix(2) == ["intent", "answerClaim"])
  }

  @Test func `no wish joins a claim just accepted for another interface`() {
    var scene = Scene.accepted()
    scene.tell(.interfaceIdentified(networkInterfaceId: "eni-new"))
    scene.hook(.master)
    #expect(scene.words.first == "intent")
  }

  @Test func `joining a claim that is still reading asks EC2 anew before it is called held`() {
    var scene = Scene.holding()
    scene.hook(.master)
    scene.intentIsRecorded()
    scene.now = scene.now + .milliseconds(50)
    scene.hook(.master)
    #expect(scene.words == ["answerClaim"])
    scene.read(allAt: Scene.here)
    #expect(scene.effects == [] && scene.wait == .milliseconds(1950), "reads are 2 s apart")
    scene.wake()
    #expect(scene.words == ["read"])
    scene.read(allAt: Scene.here)
    #expect(scene.words.first == "alreadyHeld")
  }

  @Test func `wishes that keep coming do not keep a lost VIP from being claimed`() {
    var scene = Scene.holding()
    scene.hook(.master)
    scene.intentIsRecorded()
    scene.now = scene.now + .milliseconds(50)
    scene.hook(.master)
    scene.read(allAt: Scene.there)
    #expect(scene.words.contains("assign"))
  }

  // MARK: The operator

  @Test func `an operator's claim against the evidence is refused`() {
    var scene = Scene()
    scene.operatorClaims()
    #expect(scene.effects == [.answer(.notMaster("no hook yet since vipad started"))])
    scene.hook(.fault)
    scene.operatorClaims()
    #expect(scene.effects == [.answer(.notMaster("hook: FAULT"))])
  }

  @Test func `an operator's claim while MASTER joins or reads as a hook's does`() {
    var scene = Scene.sending()
    scene.operatorClaims()
    #expect(scene.words == ["answerClaim"])
    scene.accept()
    scene.now = scene.now + .seconds(2)
    scene.operatorClaims()
    #expect(scene.words == ["intent", "answerClaim", "read"])
    #expect(scene.claim?.cause == .operator)
  }

  @Test func `forced, it sends one claim and the group is still not MASTER`() {
    var scene = Scene()
    scene.operatorClaims(isForced: true)
    #expect(scene.words == ["intent", "answerClaim"])
    #expect(scene.claim?.isForced == true && !scene.group.isMaster && scene.group.generation == 0)
    scene.intentIsRecorded()
    #expect(scene.words == ["assign"])
    scene.operatorClaims(isForced: true)
    #expect(scene.words == ["answerClaim"])
    scene.accept()
    #expect(scene.words == ["accepted", "readLocal"])
  }

  @Test func `a forced claim does not join one that the standby has overtaken`() {
    var scene = Scene.accepted()
    scene.hook(.backup)
    scene.now = scene.now + .milliseconds(100)
    scene.operatorClaims(isForced: true)
    #expect(scene.words == ["intent", "answerClaim"])
  }

  @Test func `a hook's MASTER takes the place of a forced claim`() {
    var scene = Scene()
    scene.operatorClaims(isForced: true)
    scene.hook(.master)
    #expect(scene.words == ["superseded", "intent", "answerClaim"])
  }

  @Test func `an operator's claim does not make the hook of a moment before look late`() {
    var scene = Scene.holding()
    let fell = scene.now
    scene.now = scene.now + .milliseconds(500)
    scene.operatorClaims()
    scene.hook(.backup, at: fell)
    #expect(!scene.group.isMaster)
  }

  @Test func `an operator's standby counts whatever moment it names, and never makes late hooks timely`() {
    var scene = Scene.holding()
    let began = scene.now
    scene.now = scene.now + .seconds(5)
    scene.hook(.master)
    scene.operatorStandsBy(at: Uptime(seconds: 1))
    #expect(!scene.group.isMaster)
    scene.hook(.master, at: began)
    #expect(scene.words == ["stale", "answerStale"])
  }

  // MARK: The order of hooks

  @Test func `a late MASTER after BACKUP is recorded as stale, without effect`() {
    var scene = Scene()
    let earlier = scene.now
    scene.now = scene.now + .seconds(1)
    scene.hook(.backup)
    scene.read(allAt: Scene.there)
    scene.hook(.master, at: earlier)
    #expect(scene.words == ["stale", "answerStale"])
    #expect(!scene.group.isMaster && scene.claim == nil)
  }

  @Test func `a late BACKUP after MASTER is recorded as stale, and the claim goes on`() {
    var scene = Scene()
    let earlier = scene.now
    scene.now = scene.now + .seconds(1)
    scene.hook(.master)
    scene.hook(.backup, at: earlier)
    #expect(scene.words == ["stale", "answerStale"])
    scene.intentIsRecorded()
    #expect(scene.group.isMaster && scene.words == ["assign"])
  }

  @Test func `a late MASTER while MASTER is a repeat: it asks EC2, and the order stays`() {
    var scene = Scene.holding()
    scene.hook(.master)
    let newest = scene.group.newest
    scene.hook(.master, at: Uptime(seconds: 1))
    #expect(scene.words == ["answerClaim"])
    #expect(scene.group.newest == newest)
  }

  @Test(arguments: [VRRPState.backup, .fault, .stop])
  func `of two hooks with the same uptime the one that arrives last counts`(state: VRRPState) {
    var scene = Scene()
    scene.hook(.master)
    scene.hook(state)
    #expect(scene.group.newest?.state == state)
    scene.hook(.master)
    #expect(scene.group.isMaster)
  }

  @Test func `the hook's uptime has hundredths, so a finer one within the same hundredth is not newer`() {
    var scene = Scene()
    scene.now = Uptime(seconds: 2000.006)
    scene.operatorStandsBy()
    scene.now = Uptime(seconds: 2000.012)
    scene.hook(.master, at: Uptime(seconds: 2000.00))
    #expect(scene.group.isMaster)
  }

  @Test func `a hook from the future does not make all later hooks stale`() {
    var scene = Scene()
    scene.hook(.master, at: Uptime(seconds: 1e15))
    scene.now = scene.now + .seconds(1)
    scene.hook(.backup)
    #expect(!scene.group.isMaster)
  }

  // MARK: Standby

  @Test func `standby cancels a claim that waits, and says so in order`() {
    var scene = Scene()
    scene.hook(.master)
    scene.hook(.backup)
    #expect(scene.words == ["cancelled", "standby", "read", "answerStandby"])
    #expect(scene.group.isSilent && scene.group.generation == 2)
    scene.intentIsRecorded()
    #expect(scene.effects == [])
  }

  @Test func `standby while sending cuts, and the group is silent only after the end of that Assign`() {
    var scene = Scene.sending()
    let id = scene.claimId
    scene.hook(.fault)
    #expect(scene.words == ["cut", "standby", "read", "answerStandby"])
    #expect(!scene.group.isSilent)
    scene.refuse(.transient, httpStatus: nil, errorCode: nil)
    #expect(scene.group.isSilent)
    #expect(scene.claim?.id == id && scene.claim?.outcome == .unknown)
  }

  @Test func `standby again is not recorded again; another state is`() {
    var scene = Scene()
    scene.hook(.backup)
    #expect(scene.words == ["standby", "read", "answerStandby"])
    scene.read(allAt: Scene.there)
    scene.hook(.backup)
    #expect(scene.words == ["read", "answerStandby"])
    scene.hook(.fault)
    #expect(scene.words == ["standby", "answerStandby"])
    #expect(scene.group.generation == 0)
  }

  @Test func `MASTER again during the cut waits for it, then sends its own`() {
    var scene = Scene.sending()
    let first = scene.claimId
    scene.hook(.backup)
    scene.hook(.master)
    scene.intentIsRecorded()
    #expect(scene.effects == [] && scene.claimId != first)
    scene.refuse(.transient, httpStatus: nil, errorCode: nil)
    #expect(scene.words == ["unknown", "assign"])
    #expect(scene.claimId != first)
  }
}
