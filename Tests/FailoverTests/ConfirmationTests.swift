import Failover
import Testing

/// Accepted is not confirmed: the instance metadata is asked until it lists the VIPs.
struct ConfirmationTests {
  static let two = ["10.0.0.10", "10.0.0.11"]

  @Test func `asked at once after the acceptance, and confirmed when all VIPs are listed`() {
    var scene = Scene.accepted(Self.two)
    #expect(scene.words == ["accepted", "readLocal"])
    scene.instanceMetadataLists(["10.0.0.4"] + Self.two)
    #expect(scene.words == ["confirmed"])
    #expect(scene.claim?.confirmedAt == scene.now)
    #expect(scene.group.holdings["10.0.0.11"]?.isConfirmed == true)
    #expect(scene.group.holdings["10.0.0.11"]?.source == .imds)
  }

  @Test func `asked often at first, each second later, and each 5 s after a minute`() {
    var scene = Scene.accepted()
    let acceptedAt = scene.now
    while scene.now - acceptedAt < .seconds(120) {
      scene.instanceMetadataLists(["10.0.0.4"])
      let since = scene.now - acceptedAt
      let wait = max(scene.wait ?? .zero, .milliseconds(50))
      #expect(wait <= (since < .seconds(60) ? .seconds(1) : .seconds(5)))
      if since < .seconds(1) { #expect(wait <= .milliseconds(250)) }
      scene.pass(wait)
      if scene.rules.localReads == 0 { scene.wake() }
      #expect(scene.words.contains("readLocal"))
      if scene.rules.readIsUnderWay { scene.read(allAt: Scene.here) }
    }
  }

  @Test(arguments: [false, true])
  func `unconfirmed after 60 s, asked on, and confirmed when it comes`(isReadable: Bool) {
    var scene = Scene.accepted()
    let acceptedAt = scene.now
    while scene.now - acceptedAt < .seconds(60) {
      #expect(scene.claim?.isUnconfirmed == false)
      if isReadable {
        scene.instanceMetadataLists([])
      } else {
        scene.tell(.localAddressesUnreadable)
      }
      scene.wake()
    }
    scene.instanceMetadataLists([])
    #expect(scene.claim?.isUnconfirmed == true)
    #expect(scene.claim?.outcome == .accepted)
    #expect(scene.group.verdict == .claiming)
    scene.now = scene.now + .seconds(3600)
    scene.tell(.timePassed)
    scene.instanceMetadataLists(["10.0.0.10"])
    #expect(scene.words == ["confirmed"])
    #expect(scene.claim?.isUnconfirmed == false)
    #expect(scene.group.verdict == .holding)
  }

  @Test func `an address that begins with the VIP is another address`() {
    var scene = Scene.accepted(["10.0.0.1"])
    scene.instanceMetadataLists(["10.0.0.10", "10.0.0.100"])
    #expect(scene.effects == [])
    #expect(scene.group.verdict == .claiming)
  }

  @Test func `a part that is listed is confirmed once, and stays since when it is`() {
    var scene = Scene.accepted(Self.two)
    scene.instanceMetadataLists(["10.0.0.10"])
    let since = scene.now
    for _ in 1...5 {
      scene.wake()
      scene.instanceMetadataLists(["10.0.0.10"])
    }
    #expect(scene.group.holdings["10.0.0.10"]?.isConfirmed == true)
    #expect(scene.group.holdings["10.0.0.10"]?.observedAt == since)
    #expect(scene.group.holdings["10.0.0.11"]?.isConfirmed == false)
  }

  @Test func `an alreadyHeld claim is confirmed too`() {
    var scene = Scene.holding()
    scene.hook(.master)
    scene.intentIsRecorded()
    scene.read(allAt: Scene.here)
    scene.instanceMetadataLists(["10.0.0.10"])
    #expect(scene.words == ["confirmed"])
  }

  @Test func `an answer asked for before the acceptance confirms nothing`() {
    var scene = Scene.accepted()
    scene.now = scene.now + .seconds(2)
    scene.tell(.localAddressesRead(begunAt: Uptime(seconds: 999), addresses: ["10.0.0.10"]))
    #expect(scene.effects == [])
    #expect(scene.group.verdict == .claiming)
  }

  @Test func `after standby a late answer confirms nothing, and asking ends`() {
    for addresses in [["10.0.0.10"], []] {
      var scene = Scene.accepted()
      scene.now = scene.now + .milliseconds(100)
      scene.hook(.backup)
      scene.now = scene.now + .milliseconds(100)
      scene.instanceMetadataLists(addresses)
      #expect(scene.effects == [] && scene.wakeAt == nil)
      scene.read(allAt: Scene.there)
      #expect(scene.group.verdict == .misplaced, "so soon after the acceptance EC2 may not know of it")
      scene.wake()
      scene.read(allAt: Scene.there)
      #expect(scene.group.verdict == .standby)
    }
  }

  @Test func `a forced claim is confirmed as well`() {
    var scene = Scene()
    scene.operatorClaims(isForced: true)
    scene.intentIsRecorded()
    scene.accept()
    scene.instanceMetadataLists(["10.0.0.10"])
    #expect(scene.words == ["confirmed"])
  }

  @Test func `a VIP that the configuration no longer has is not asked for, and the guard goes on`() {
    var scene = Scene.accepted(["10.0.0.10", "10.0.0.11"])
    scene.tell(.reconfigured(vips: ["10.0.0.10"], witness: .hook, guardPeriod: .seconds(5)))
    scene.rest(.seconds(10))
    #expect(scene.group.verdict == .holding)
    let reads = scene.reads(in: .seconds(300))
    #expect(reads <= 10, "\(reads) reads, and two in a minute are the MASTER's")
  }

  @Test func `a second answer for the same claim does not confirm it again`() {
    var scene = Scene.accepted()
    scene.instanceMetadataLists(["10.0.0.10"])
    scene.instanceMetadataLists(["10.0.0.10"])
    #expect(scene.effects == [])
  }
}
