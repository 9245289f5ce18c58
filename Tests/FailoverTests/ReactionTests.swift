import Failover
import Testing

/// Every state against every event: what the group wants done at once.
struct ReactionTests {
  @Test(arguments: Situation.allCases)
  func `each event has just the effects of the table`(situation: Situation) {
    for happening in Happening.allCases {
      var scene = situation.scene
      scene.now = scene.now + .milliseconds(10)
      happening.happen(to: &scene)
      let expected = reactionTable[situation]?.first { $0.value.contains(happening) }?.key ?? ""
      #expect(scene.words.joined(separator: " ") == expected, "\(situation), \(happening)")
    }
  }
}

/// What a group can be in the middle of.
enum Situation: String, CaseIterable {
  case nothingKnown, noIdentity, standby, standbyReading
  case intent, reading, sending, throttled, transient, credentials, permission, identity, configuration
  case split, accepted, confirmed, unconfirmed
  case cut, masterDuringTheCut, forcedSending, forcedAccepted

  var scene: Scene {
    switch self {
    case .nothingKnown: Scene(unknown: ["10.0.0.10"])
    case .noIdentity:
      changed(Scene(unknown: ["10.0.0.10"])) {
        $0.hook(.master); $0.intentIsRecorded()
      }
    case .standby: Scene()
    case .standbyReading: changed(Scene()) { $0.hook(.backup) }
    case .intent: changed(Scene()) { $0.hook(.master) }
    case .reading:
      changed(Scene.holding()) {
        $0.hook(.master); $0.intentIsRecorded()
      }
    case .sending: Scene.sending()
    case .throttled: changed(Scene.sending()) { $0.refuse(.throttled) }
    case .transient: changed(Scene.sending()) { $0.refuse(.transient) }
    case .credentials: changed(Scene.sending()) { $0.refuse(.credentials) }
    case .permission: changed(Scene.sending()) { $0.refuse(.permission) }
    case .identity: changed(Scene.sending()) { $0.refuse(.identity) }
    case .configuration: changed(Scene.sending()) { $0.refuse(.configuration) }
    case .split: changed(Scene.sending(["10.0.0.10", "10.0.0.11"])) { $0.refuse(.configuration) }
    case .accepted: Scene.accepted()
    case .confirmed: Scene.holding()
    case .unconfirmed:
      changed(Scene.accepted()) {
        $0.pass(.seconds(61)); $0.read(allAt: Scene.here); $0.instanceMetadataLists([])
        $0.pass(.seconds(2)); $0.read(allAt: Scene.here)
        $0.now = $0.now + .milliseconds(2500)
      }
    case .cut: changed(Scene.sending()) { $0.hook(.backup) }
    case .masterDuringTheCut:
      changed(Scene.sending()) {
        $0.hook(.backup); $0.hook(.master); $0.intentIsRecorded()
      }
    case .forcedSending:
      changed(Scene()) {
        $0.operatorClaims(isForced: true); $0.intentIsRecorded()
      }
    case .forcedAccepted:
      changed(Scene()) {
        $0.operatorClaims(isForced: true); $0.intentIsRecorded(); $0.accept()
      }
    }
  }

  private func changed(_ scene: Scene, by change: (inout Scene) -> Void) -> Scene {
    var scene = scene
    change(&scene)
    return scene
  }
}

/// What can happen to a group.
enum Happening: String, CaseIterable {
  case master, lateMaster, backup, fault, lateBackup, operatorClaims, operatorForces, operatorStandsBy
  case sameInterface, otherInterface, intentRecorded
  case accepted, refused, refreshed, readHere, readElsewhere, readFailed
  case listed, notListed, notReadable, timePassed, withdrawn

  func happen(to scene: inout Scene) {
    switch self {
    case .master: scene.hook(.master)
    case .lateMaster: scene.hook(.master, at: Uptime(seconds: 1))
    case .backup: scene.hook(.backup)
    case .fault: scene.hook(.fault)
    case .lateBackup: scene.hook(.backup, at: Uptime(seconds: 1))
    case .operatorClaims: scene.operatorClaims()
    case .operatorForces: scene.operatorClaims(isForced: true)
    case .operatorStandsBy: scene.operatorStandsBy()
    case .sameInterface: scene.tell(.interfaceIdentified(networkInterfaceId: Scene.here))
    case .otherInterface: scene.tell(.interfaceIdentified(networkInterfaceId: "eni-other"))
    case .intentRecorded: scene.intentIsRecorded()
    case .accepted: scene.accept()
    case .refused: scene.refuse(.permission)
    case .refreshed: scene.tell(.credentialsRefreshed)
    case .readHere: scene.read(allAt: Scene.here)
    case .readElsewhere: scene.read(allAt: Scene.there)
    case .readFailed: scene.tell(.holdersUnreadable)
    case .listed: scene.instanceMetadataLists(scene.group.vips)
    case .notListed: scene.instanceMetadataLists([])
    case .notReadable: scene.tell(.localAddressesUnreadable)
    case .timePassed: scene.tell(.timePassed)
    case .withdrawn: scene.tell(.withdrawn(.cancelled))
    }
  }
}
