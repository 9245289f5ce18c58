import Failover
import Testing

/// From the intent to EC2's acceptance, with the detours that its refusals make necessary.
struct ClaimingTests {
  static let three = ["10.0.0.10", "10.0.0.11", "10.0.0.12"]

  @Test func `all VIPs of a group go in one call`() {
    var scene = Scene.sending(Self.three)
    #expect(scene.effects == [.sendAssign(claimId: scene.claimId, n: 1, vips: Self.three)])
    scene.accept()
    #expect(scene.words == ["accepted", "readLocal"])
    #expect(scene.claim?.isHeld == true && scene.claim?.acceptedAt == scene.now)
  }

  @Test func `nothing is sent before the intent is recorded`() {
    var scene = Scene()
    scene.hook(.master)
    scene.pass(.seconds(5))
    #expect(scene.effects == [])
    scene.intentIsRecorded()
    #expect(scene.words == ["assign"])
  }

  @Test func `without an identity the claim waits for it, then goes at once`() {
    var scene = Scene(unknown: Self.three)
    scene.hook(.master)
    scene.intentIsRecorded()
    #expect(scene.effects == [] && scene.wakeAt == nil)
    scene.tell(.interfaceIdentified(networkInterfaceId: Scene.here))
    #expect(scene.words == ["read", "assign"])
  }

  // MARK: One by one

  @Test func `a configuration refusal of several tries each by itself, at once`() {
    var scene = Scene.sending(Self.three)
    for (n, vip) in Self.three.enumerated() {
      scene.refuse(.configuration, errorCode: "InvalidParameterValue")
      #expect(scene.effects == [.sendAssign(claimId: scene.claimId, n: n + 2, vips: [vip])])
    }
  }

  @Test func `a wrong address never holds back the others, and is named`() {
    var scene = Scene.sending(Self.three)
    scene.refuse(.configuration)
    scene.refuse(.configuration, errorCode: "InvalidParameterValue")
    scene.accept()
    #expect(scene.claim?.refused.isEmpty == true, "there is still one to try")
    scene.accept()
    #expect(scene.effects == [])
    #expect(scene.claim?.outcome == nil)
    #expect(scene.claim?.refused.map(\.address) == ["10.0.0.10"])
    #expect(scene.claim?.refused.first?.refusal?.errorCode == "InvalidParameterValue")
    #expect(scene.claim?.vips.map(\.isAccepted) == [false, true, true])
    let refusedAt = scene.now
    scene.rest(.seconds(29))
    #expect(scene.rules.onTheWire == nil)
    while scene.rules.onTheWire == nil { scene.wake() }
    #expect(scene.now - refusedAt == .seconds(30))
    #expect(scene.rules.onTheWire?.n == 5 && scene.rules.onTheWire?.vips == ["10.0.0.10"])
    scene.accept()
    #expect(scene.words == ["accepted", "readLocal"])
  }

  @Test func `a single VIP refused by configuration needs the operator and is tried each 30 s`() {
    var scene = Scene.sending()
    for _ in 1...50 {
      scene.refuse(.configuration)
      #expect(scene.claim?.refused.map(\.address) == ["10.0.0.10"])
      #expect(scene.wait == .seconds(30))
      scene.wake()
      #expect(scene.words == ["assign"])
    }
  }

  @Test(arguments: [RefusalClass.throttled, .transient, .credentials, .permission, .identity])
  func `any other refusal keeps the VIPs together`(refusalClass: RefusalClass) {
    var scene = Scene.sending(Self.three)
    scene.refuse(refusalClass)
    scene.wake()
    #expect(scene.effects == [.sendAssign(claimId: scene.claimId, n: 2, vips: Self.three)])
  }

  // MARK: What needs the operator

  @Test func `permission needs the operator from the first refusal on`() {
    var scene = Scene.sending(Self.three)
    scene.refuse(.permission, httpStatus: 403, errorCode: "UnauthorizedOperation")
    #expect(scene.claim?.refused.map(\.address) == Self.three)
    #expect(scene.claim?.outcome == nil)
  }

  @Test(arguments: [RefusalClass.throttled, .transient])
  func `a passing trouble never needs the operator`(refusalClass: RefusalClass) {
    var scene = Scene.sending()
    for _ in 1...100 {
      scene.refuse(refusalClass)
      #expect(scene.claim?.refused == [])
      scene.wake()
    }
  }

  @Test func `what needed the operator no longer does when EC2 says something else`() {
    var scene = Scene.sending()
    scene.refuse(.permission)
    scene.wake()
    scene.refuse(.throttled)
    #expect(scene.claim?.refused == [])
  }

  // MARK: Credentials

  @Test func `refused credentials are refreshed and tried once at once`() {
    var scene = Scene.sending()
    scene.refuse(.credentials, errorCode: "RequestExpired")
    #expect(scene.words == ["refresh"])
    #expect(scene.claim?.refused == [], "the refresh may mend it")
    scene.now = scene.now + .milliseconds(40)
    scene.tell(.credentialsRefreshed)
    #expect(scene.words == ["assign"])
    scene.refuse(.credentials, errorCode: "AuthFailure")
    #expect(scene.claim?.refused.count == 1)
    scene.tell(.credentialsRefreshed)
    #expect(scene.effects == [], "at once only once")
  }

  @Test func `a refresh that hangs holds up the claim for 3 s`() {
    var scene = Scene.sending()
    scene.refuse(.credentials)
    #expect(scene.wait == .seconds(3))
    scene.wake()
    #expect(scene.words == ["assign"])
  }

  @Test func `a refresh that comes late is still followed by a retry at once`() {
    var scene = Scene.sending()
    for _ in 1...5 {
      scene.refuse(.credentials)
      scene.wake()
    }
    scene.refuse(.credentials)
    scene.now = scene.now + .milliseconds(500)
    scene.tell(.credentialsRefreshed)
    #expect(scene.words == ["assign"])
  }

  // MARK: Identity

  @Test func `an unknown interface is looked up anew, and after 60 s the operator is needed`() {
    var scene = Scene.sending()
    let began = scene.now
    while scene.now - began < .seconds(60) {
      scene.refuse(.identity, errorCode: "InvalidNetworkInterfaceID.NotFound")
      #expect(scene.words == ["identify"])
      #expect(scene.claim?.refused == [])
      scene.wake()
      #expect(scene.words == ["assign"])
    }
    scene.refuse(.identity)
    #expect(scene.claim?.refused.count == 1)
    scene.wake()
    #expect(scene.words == ["assign"], "it goes on all the same")
  }

  @Test func `a new interface is tried at once, with all VIPs`() {
    var scene = Scene.sending(Self.three)
    scene.refuse(.configuration)
    scene.accept()
    for _ in 1...5 {
      scene.refuse(.identity)
      scene.wake()
    }
    scene.refuse(.identity)
    scene.tell(.interfaceIdentified(networkInterfaceId: "eni-new"))
    #expect(scene.words.contains("assign"))
    scene.accept()
    scene.accept()
    scene.accept()
    #expect(scene.claim?.outcome == .accepted)
  }

  @Test func `an acceptance for the interface of before does not count for the new one`() {
    var scene = Scene.sending()
    scene.tell(.interfaceIdentified(networkInterfaceId: "eni-new"))
    #expect(scene.words == ["read"])
    scene.accept()
    #expect(scene.words == ["assign"])
    #expect(scene.group.holdings["10.0.0.10"]?.holder?.networkInterfaceId == Scene.here)
    scene.accept()
    #expect(scene.words == ["accepted", "readLocal"])
    #expect(scene.group.holdings["10.0.0.10"]?.holder?.networkInterfaceId == "eni-new")
  }
}
