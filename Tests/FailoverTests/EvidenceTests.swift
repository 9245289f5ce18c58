import Failover
import Testing

/// MASTER is a condition over all that this router shows, ruled anew whenever something changes.
struct EvidenceTests {
  static let dead = Evidence.Keepalived.dead(reason: "keepalived is dead")

  /// The kernel is the witness, and the VIP is not on the interface.
  static func kernel() -> Scene {
    var scene = Scene(witness: .kernel)
    scene.shows()
    return scene
  }

  /// The kernel is the witness, and the address made this router MASTER.
  static func sending() -> Scene {
    var scene = kernel()
    scene.shows(addressSince: 1000)
    scene.intentIsRecorded()
    return scene
  }

  // MARK: The kernel as the witness

  @Test func `the address that appears begins a claim, and no hook is needed`() {
    var scene = Self.kernel()
    scene.shows(addressSince: 1000)
    #expect(scene.words == ["intent", "answerClaim"])
    #expect(scene.claim?.cause == .address && scene.group.ruling.reason == "the VIP is on eth0")
    scene.intentIsRecorded()
    #expect(scene.words == ["assign"])
  }

  @Test func `the address that is there at the start begins a claim with that cause`() {
    var scene = Scene(unknown: ["10.0.0.10"], witness: .kernel, isLookedAt: false)
    scene.shows(addressSince: 1000)
    #expect(scene.claim?.cause == .startup)
  }

  @Test(arguments: [(99.97, false), (99.981, true), (100.0, true), (101, true)])
  func `an address from before the VRRP process started is none, as well as the clocks agree`(
    createdAt: Double, isMaster: Bool
  ) {
    var scene = Self.kernel()
    scene.shows(addressSince: createdAt, keepalived: .alive(startedAt: Uptime(seconds: 100.008)))
    #expect(scene.group.isMaster == isMaster)
  }

  @Test func `without a creation time the address counts`() {
    var scene = Self.kernel()
    let address = Evidence.Address.present(interface: "eth0", createdAt: nil)
    scene.tell(.evidenceChanged(Evidence(keepalived: .alive(startedAt: scene.now), address: address)))
    #expect(scene.group.isMaster)
  }

  @Test func `the address that goes ends MASTER: the Assign is cut and EC2 is asked`() {
    var scene = Self.sending()
    scene.shows()
    #expect(scene.words == ["cut", "standby", "read"])
    #expect(scene.group.ruling.reason == "the VIP is not on the VRRP interface")
  }

  @Test func `with keepalived dead the address that it left is no evidence`() {
    var scene = Self.sending()
    scene.shows(addressSince: 1000, keepalived: Self.dead)
    #expect(scene.words.prefix(2) == ["cut", "standby"])
    #expect(scene.group.ruling.reason == "keepalived is dead")
    scene.refuse(.transient, httpStatus: nil, errorCode: nil)
    for _ in 1...20 {
      scene.wake()
      if scene.rules.readIsUnderWay { scene.read(allAt: Scene.there) }
      #expect(!scene.words.contains("assign"))
    }
    scene.shows(addressSince: 1000, keepalived: .alive(startedAt: scene.now))
    #expect(!scene.group.isMaster, "left over from before it started")
  }

  @Test func `with the link down the address is no evidence`() {
    var scene = Self.sending()
    scene.shows(addressSince: 1000, isLinkUp: false)
    #expect(!scene.group.isMaster && scene.group.ruling.reason == "the link of eth0 is down")
  }

  @Test func `where other software puts addresses onto interfaces they are no evidence`() {
    var scene = Self.kernel()
    scene.tell(.evidenceChanged(Evidence(address: .worthless(reason: "amazon-ec2-net-utils"))))
    #expect(!scene.group.isMaster && scene.group.ruling.reason == "amazon-ec2-net-utils")
    scene.hook(.master)
    scene.pass(.seconds(1))
    #expect(scene.words == ["stale"])
  }

  @Test func `what does not change is nothing`() {
    var scene = Self.sending()
    scene.shows(addressSince: 1000)
    #expect(scene.effects == [])
  }

  @Test func `the address's moment, which comes out now so, now so, is no change and costs no read`() {
    var scene = Self.sending()
    scene.accept()
    scene.instanceMetadataLists(["10.0.0.10"])
    scene.rest(.seconds(60))
    var reads = 0
    for n in 1...60 {
      scene.shows(addressSince: n % 2 == 0 ? 1000 : 1000.01)
      #expect(scene.effects == [])
      reads += scene.reads(in: .seconds(1))
    }
    #expect(reads <= 2, "\(reads) reads in a minute")
  }

  @Test func `an address that was put there anew is a change`() {
    var scene = Self.sending()
    scene.shows(addressSince: 1000.03)
    #expect(scene.group.evidence.address == .present(interface: "eth0", createdAt: Uptime(seconds: 1000.03)))
  }

  @Test func `each change between MASTER and not has a generation of its own`() {
    var scene = Self.kernel()
    #expect(scene.group.generation == 0)
    scene.shows(addressSince: 1000)
    #expect(scene.group.generation == 1 && scene.claim?.generation == 1)
    scene.shows(addressSince: 1000, keepalived: .alive(startedAt: Uptime(seconds: 200)))
    #expect(scene.group.generation == 1, "still MASTER")
    scene.shows()
    scene.shows(addressSince: 1001)
    #expect(scene.group.generation == 3 && scene.claim?.generation == 3)
  }

  // MARK: A hook beside the kernel

  @Test func `a hook alone makes nobody MASTER: a second later it is stale, and nothing was sent or written`()
  {
    var scene = Self.kernel()
    scene.hook(.master)
    #expect(scene.words == ["answerClaim"])
    #expect(scene.claim?.awaitsEvidence == true && scene.wait == .seconds(1))
    scene.hook(.master)
    #expect(scene.words == ["answerClaim"])
    scene.wake()
    #expect(scene.words == ["stale"])
    #expect(scene.claim?.isStale == true && scene.rules.intents == [])
  }

  @Test func `the evidence that follows a hook within the second begins its claim`() {
    var scene = Self.kernel()
    scene.hook(.master)
    let id = scene.claimId
    scene.now = scene.now + .milliseconds(900)
    scene.shows(addressSince: 1000)
    #expect(scene.words == ["intent"] && scene.claimId == id)
    #expect(scene.claim?.cause == .vrrp && scene.claim?.generation == 1)
    scene.intentIsRecorded()
    #expect(scene.words == ["assign"])
  }

  @Test func `BACKUP ends the wait for the evidence`() {
    var scene = Self.kernel()
    scene.hook(.master)
    scene.now = scene.now + .milliseconds(100)
    scene.hook(.backup)
    #expect(scene.words == ["stale", "standby", "read", "answerStandby"])
    #expect(scene.group.isSilent)
  }

  @Test
  func `BACKUP before the evidence: nothing is sent for a second, and the address that goes bears it out`() {
    var scene = Self.sending()
    scene.now = scene.now + .seconds(5)
    scene.hook(.backup)
    #expect(scene.words == ["cut", "answerStandby"])
    scene.refuse(.throttled)
    scene.now = scene.now + .milliseconds(300)
    scene.shows()
    #expect(scene.words == ["standby", "read"])
    scene.pass(.seconds(1))
    #expect(!scene.words.contains("stale") && !scene.words.contains("intent"))
  }

  @Test func `BACKUP that the evidence does not bear out is stale after a second, and EC2 is asked`() {
    var scene = Self.sending()
    scene.now = scene.now + .seconds(5)
    scene.hook(.backup)
    scene.refuse(.throttled)
    scene.pass(.milliseconds(999))
    #expect(scene.words == ["read"], "that of the event; no Assign")
    scene.read(allAt: Scene.there)
    scene.pass(.milliseconds(1))
    #expect(scene.words == ["stale", "intent", "answerClaim"])
    scene.intentIsRecorded()
    scene.wake()
    #expect(scene.words == ["read"] && scene.group.isMaster)
    scene.read(allAt: Scene.there)
    #expect(scene.words == ["assign"])
  }

  @Test func `BACKUP of a moment before the evidence is late: the claim goes on`() {
    var scene = Self.kernel()
    scene.now = scene.now + .seconds(5)
    scene.shows(addressSince: 1004)
    scene.intentIsRecorded()
    scene.hook(.backup, at: Uptime(seconds: 1003))
    #expect(scene.words == ["stale", "answerStandby"])
    scene.accept()
    #expect(scene.claim?.outcome == .accepted)
  }

  // MARK: Force

  @Test func `a forced claim does not wait with a hook's for the evidence: it is sent`() {
    var scene = Self.kernel()
    scene.hook(.master)
    let waiting = scene.claimId
    scene.operatorClaims(isForced: true)
    #expect(scene.words == ["stale", "intent", "answerClaim"] && scene.claimId != waiting)
    scene.intentIsRecorded()
    #expect(scene.words == ["assign"])
    scene.pass(.seconds(2))
    #expect(scene.claim?.outcome == nil, "the evidence is not waited for")
    scene.accept()
    #expect(scene.claim?.outcome == .accepted)
  }

  @Test func `a hook that alone makes nobody MASTER does not cut a forced claim, and is answered by it`() {
    var scene = Self.kernel()
    scene.operatorClaims(isForced: true)
    scene.intentIsRecorded()
    scene.now = scene.now + .milliseconds(100)
    scene.hook(.master)
    #expect(scene.effects == [.answer(.claim(id: scene.claimId))])
    scene.accept()
    #expect(scene.claim?.outcome == .accepted && scene.claim?.isForced == true)
  }

  // MARK: The hook as the witness

  @Test func `no hook makes MASTER before keepalived was looked at, and none is lost`() {
    var scene = Scene(unknown: ["10.0.0.10"], isLookedAt: false)
    scene.hook(.master)
    #expect(scene.words == ["answerNotMaster"])
    scene.shows()
    #expect(scene.words == ["intent", "answerClaim"])
  }

  @Test func `a hook's MASTER ends with keepalived's death`() {
    var scene = Scene.sending()
    scene.shows(keepalived: Self.dead)
    #expect(scene.words == ["cut", "standby", "read"])
    scene.refuse(.throttled)
    scene.hook(.master)
    #expect(scene.words == ["answerNotMaster"])
  }

  @Test func `a hook from before keepalived started is none`() {
    var scene = Scene()
    scene.shows(keepalived: .alive(startedAt: Uptime(seconds: 999)))
    scene.hook(.master, at: Uptime(seconds: 998))
    #expect(!scene.group.isMaster)
    #expect(scene.group.ruling.reason == "the last hook is from before keepalived started")
    scene.hook(.master)
    #expect(scene.group.isMaster)
    scene.now = scene.now + .seconds(10)
    scene.shows(keepalived: .alive(startedAt: scene.now))
    #expect(!scene.group.isMaster, "it was started anew, in BACKUP")
  }
}
