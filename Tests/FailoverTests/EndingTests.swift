import Failover
import Testing

/// How claims end: one outcome each, true to what came of the last Assign.
struct EndingTests {
  static let two = ["10.0.0.10", "10.0.0.11"]

  /// Where a claim can be when it is ended while no Assign is on the wire.
  enum Waiting: CaseIterable {
    case intent, identity, reading, throttled, transient, credentials, permission, unknownInterface
    case split, behindACut

    var scene: Scene {
      switch self {
      case .intent: beforeTheIntent()
      case .identity: withoutIdentity()
      case .reading: reading()
      case .throttled: refused(.throttled)
      case .transient: refused(.transient)
      case .credentials: refused(.credentials)
      case .permission: refused(.permission)
      case .unknownInterface: refused(.identity)
      case .split: splitAndRefused()
      case .behindACut: behindACut()
      }
    }

    private func beforeTheIntent() -> Scene {
      var scene = Scene()
      scene.hook(.master)
      return scene
    }

    private func withoutIdentity() -> Scene {
      var scene = Scene(unknown: two)
      scene.hook(.master)
      scene.intentIsRecorded()
      return scene
    }

    private func reading() -> Scene {
      var scene = Scene.holding()
      scene.hook(.master)
      scene.intentIsRecorded()
      return scene
    }

    private func refused(_ refusalClass: RefusalClass) -> Scene {
      var scene = Scene.sending(seed: 3)
      scene.refuse(refusalClass)
      return scene
    }

    private func splitAndRefused() -> Scene {
      var scene = Scene.sending(two)
      scene.refuse(.configuration)
      scene.accept()
      scene.refuse(.configuration)
      return scene
    }

    private func behindACut() -> Scene {
      var scene = Scene.sending()
      scene.hook(.backup)
      scene.hook(.master)
      scene.intentIsRecorded()
      return scene
    }
  }

  @Test(arguments: Waiting.allCases)
  func `standby cancels a waiting claim in any state, once, and no Assign follows`(state: Waiting) {
    var scene = state.scene
    let id = scene.claimId
    scene.hook(.backup)
    #expect(scene.words.filter { $0 == "cancelled" }.count == 1)
    #expect(scene.rules.outcomes[id] == .cancelled)
    endAll(&scene)
    #expect(scene.group.isSilent && scene.rules.open == [])
  }

  @Test(arguments: Waiting.allCases)
  func `a withdrawal ends a waiting claim in any state, once`(state: Waiting) {
    var scene = state.scene
    let id = scene.claimId
    scene.tell(.withdrawn(.failed))
    #expect(scene.words == ["failed"])
    #expect(scene.rules.outcomes[id] == .failed)
    scene.tell(.withdrawn(.cancelled))
    #expect(scene.effects == [])
    endAll(&scene)
    #expect(scene.group.isSilent && scene.rules.open == [])
  }

  /// Whatever can still arrive does, and time goes by.
  private func endAll(_ scene: inout Scene) {
    if scene.rules.onTheWire != nil { scene.refuse(.transient, httpStatus: nil, errorCode: nil) }
    scene.intentIsRecorded()
    scene.tell(.credentialsRefreshed)
    scene.tell(.interfaceIdentified(networkInterfaceId: Scene.here))
    if scene.rules.readIsUnderWay { scene.read(allAt: Scene.here) }
    scene.pass(.seconds(3600))
    #expect(scene.rules.onTheWire == nil)
  }

  // MARK: What came of a cut Assign

  /// What a cut Assign can end in.
  enum CutEnd: CaseIterable {
    case accepted, neverSent, refusedByEC2, refusedByAProxy, resetUnanswered, unreadable200, serverError

    func happen(to scene: inout Scene) {
      switch self {
      case .accepted: scene.accept()
      case .neverSent: scene.refuse(.transient, httpStatus: nil, errorCode: nil, wasSent: false)
      case .refusedByEC2: scene.refuse(.throttled, httpStatus: 503, errorCode: "RequestLimitExceeded")
      case .refusedByAProxy: scene.refuse(.configuration, httpStatus: 407, errorCode: nil)
      case .resetUnanswered: scene.refuse(.transient, httpStatus: nil, errorCode: nil)
      case .unreadable200: scene.refuse(.transient, httpStatus: 200, errorCode: nil)
      case .serverError: scene.refuse(.transient, httpStatus: 504, errorCode: nil)
      }
    }

    var outcome: Claim.Outcome {
      switch self {
      case .accepted: .accepted
      case .neverSent, .refusedByEC2, .refusedByAProxy: .cancelled
      case .resetUnanswered, .unreadable200, .serverError: .unknown
      }
    }
  }

  @Test(arguments: CutEnd.allCases)
  func `the outcome of a cut Assign is what came of it`(end: CutEnd) {
    var scene = Scene.sending()
    scene.hook(.backup)
    end.happen(to: &scene)
    #expect(scene.claim?.outcome == end.outcome)
    #expect(scene.words.first == end.outcome.rawValue)
    #expect(scene.claim?.attempts.count == 1)
  }

  @Test func `an acceptance that was cut is known: the VIP is misplaced, and EC2 is asked`() {
    var scene = Scene.sending()
    scene.hook(.backup)
    scene.read(allAt: Scene.there)
    scene.accept()
    #expect(scene.words == ["accepted", "read"])
    #expect(scene.group.verdict == .misplaced)
  }

  @Test func `a cut part of a split claim that EC2 accepts is still cancelled as a whole`() {
    var scene = Scene.sending(Self.two)
    scene.refuse(.configuration)
    scene.hook(.backup)
    scene.accept()
    #expect(scene.claim?.outcome == .cancelled)
    #expect(scene.claim?.vips.map(\.isAccepted) == [true, false])
  }

  @Test func `an answer that comes twice, or for another claim, is nothing`() {
    var scene = Scene.sending()
    let id = scene.claimId
    scene.accept()
    let answer = AssignAnswer(.success(.init(httpStatus: 200, awsRequestId: nil)), milliseconds: 1)
    scene.tell(.assignAnswered(claimId: id, answer))
    #expect(scene.effects == [])
    scene.tell(.assignAnswered(claimId: "other", answer))
    #expect(scene.effects == [])
  }

  @Test func `a withdrawal while sending cuts and keeps the reason`() {
    var scene = Scene.sending()
    scene.tell(.withdrawn(.failed))
    #expect(scene.words == ["cut"])
    scene.refuse(.throttled)
    #expect(scene.words == ["failed"])
  }

  @Test(arguments: [Witness.kernel, .hook])
  func `withdrawn, nothing begins a claim any more`(witness: Witness) {
    var scene = Scene(witness: witness)
    scene.shows(addressSince: 1000)
    if witness == .hook { scene.hook(.master) }
    scene.intentIsRecorded()
    scene.accept()
    scene.tell(.withdrawn(.cancelled))
    for isForced in [false, true] {
      scene.operatorClaims(isForced: isForced)
      #expect(scene.effects == [.answer(.withdrawn)])
    }
    scene.hook(.master)
    #expect(scene.effects == [.answer(.withdrawn)])
    scene.tell(.reconfigured(vips: ["10.0.0.10", "10.0.0.11"], witness: witness, guardPeriod: .seconds(5)))
    scene.shows()
    scene.shows(addressSince: 1010)
    for _ in 1...20 {
      scene.wake()
      if scene.rules.readIsUnderWay { scene.read(allAt: Scene.there) }
      #expect(!scene.words.contains("intent") && !scene.words.contains("readLocal"))
    }
  }

  @Test func `a forced claim on the wire is cut by the hook's MASTER, which then sends its own`() {
    var scene = Scene()
    scene.operatorClaims(isForced: true)
    scene.intentIsRecorded()
    scene.hook(.master)
    #expect(scene.words == ["cut", "intent", "answerClaim"])
    scene.intentIsRecorded()
    scene.refuse(.throttled)
    #expect(scene.words == ["superseded", "assign"])
  }
}
