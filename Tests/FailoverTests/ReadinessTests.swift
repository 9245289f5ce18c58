import Testing

@testable import Failover

@Suite struct ReadinessTests {
  fileprivate static let needed = ReadinessCheck.Name.allCases.filter { $0 != .notify }
  private static let start = Uptime(seconds: 100)

  /// Every check is ok.
  private static func ready(
    ignoring: Set<ReadinessCheck.Name> = [], alsoEssential: Set<ReadinessCheck.Name> = []
  ) -> Readiness {
    var readiness = Readiness(startedAt: start, ignoring: ignoring, alsoEssential: alsoEssential)
    for name in ReadinessCheck.Name.allCases { readiness.note(name, .ok, "fine", at: start) }
    return readiness
  }

  @Test func nothingCheckedIsNotReady() {
    let readiness = Readiness(startedAt: Self.start)
    #expect(!readiness.isReady)
    #expect(readiness.checks.map(\.name) == Self.needed)
    #expect(readiness.checks.allSatisfy { $0.state == .unknown && $0.age(at: Self.start) == nil })
  }

  @Test(arguments: needed)
  func aCheckThatWasNeverTriedIsNotReady(_ missing: ReadinessCheck.Name) {
    var readiness = Readiness(startedAt: Self.start)
    for name in ReadinessCheck.Name.allCases where name != missing {
      readiness.note(name, .ok, "fine", at: Self.start)
    }
    #expect(!readiness.isReady)
    #expect(readiness.first?.name == missing)
  }

  @Test(arguments: needed)
  func anyFailedCheckIsNotReady(_ name: ReadinessCheck.Name) {
    var readiness = Self.ready()
    #expect(readiness.isReady)
    readiness.note(name, .failed, "broken", remedy: "mend it", at: Self.start)
    #expect(!readiness.isReady)
    #expect(readiness.first?.name == name)
  }

  @Test(arguments: [
    ReadinessCheck.Name.configuration, .metadata, .identity, .credentials, .ec2, .describe, .vrrp, .audit,
    .state,
    .pause, .daemon,
  ])
  func anEssentialCheckThatCouldNotBeMadeIsNotReady(_ name: ReadinessCheck.Name) {
    var readiness = Self.ready()
    readiness.note(name, .unknown, "no answer", at: Self.start)
    #expect(!readiness.isReady)
  }

  @Test(arguments: [
    ReadinessCheck.Name.clock, .assign, .vipAddress, .addressLimit, .sourceDestCheck, .securityGroups,
    .addressCopier, .hook,
  ])
  func anotherCheckThatCouldNotBeMadeIsShownAndDoesNotCount(_ name: ReadinessCheck.Name) {
    var readiness = Self.ready()
    readiness.note(name, .unknown, "no answer", at: Self.start)
    #expect(readiness.isReady)
    #expect(readiness[name]?.state == .unknown)
  }

  @Test func theRightToAssignIsEssentialWhereItIsProbed() {
    var readiness = Self.ready(alsoEssential: [.assign])
    readiness.note(.assign, .unknown, "no answer", at: Self.start)
    #expect(!readiness.isReady)
  }

  @Test func anIgnoredCheckDoesNotCount() {
    var readiness = Self.ready(ignoring: [.securityGroups])
    readiness.note(.securityGroups, .failed, "others", at: Self.start)
    #expect(readiness.isReady)
    #expect(readiness.first == nil)
  }

  @Test func aCheckThatOnlyWarnsIsShownOnceItWasMadeAndNeverCounts() {
    var readiness = Readiness(startedAt: Self.start)
    for name in Self.needed { readiness.note(name, .ok, "fine", at: Self.start) }
    #expect(readiness.isReady && readiness[.notify] == nil)
    for state in [ReadinessCheck.State.failed, .unknown] {
      readiness.note(.notify, state, "no secret", remedy: "make one", at: Self.start)
      #expect(readiness.isReady && readiness.first == nil)
      #expect(readiness.checks.last?.name == .notify && readiness[.notify]?.state == state)
    }
    readiness.drop(.notify)
    readiness.drop(.pause)
    #expect(readiness.checks.map(\.name) == Self.needed, "no other check can be taken out")
  }

  @Test func theFirstIsTheCauseAndNotWhatFollows() {
    var readiness = Self.ready()
    readiness.note(.metadata, .unknown, "not asked", at: Self.start)
    readiness.note(.describe, .unknown, "not asked", at: Self.start)
    readiness.note(.credentials, .failed, "no role", at: Self.start)
    readiness.note(.hook, .failed, "missing", at: Self.start)
    #expect(readiness.first?.name == .credentials)
  }

  @Test func sinceStaysWhileTheFindingDoesAndTheAgeGoesOn() {
    var readiness = Self.ready()
    readiness.note(.ec2, .ok, "fine", reading: "3 ms", at: Self.start + .seconds(20))
    readiness.note(.ec2, .ok, "fine", reading: "4 ms", at: Self.start + .seconds(40))
    #expect(readiness[.ec2]?.since == Self.start)
    #expect(readiness[.ec2]?.age(at: Self.start + .seconds(41)) == .seconds(1))
    readiness.note(.ec2, .ok, "fine, by another way", at: Self.start + .seconds(60))
    #expect(readiness[.ec2]?.since == Self.start + .seconds(60))
  }

  @Test func aResultThatIsTooOldIsUnknownAndKeepsItsAge() {
    var readiness = Self.ready()
    readiness.forgetOld(at: Self.start + .seconds(100))
    #expect(readiness[.ec2]?.state == .ok)
    readiness.forgetOld(at: Self.start + .seconds(121))
    #expect(readiness[.ec2]?.state == .unknown)
    #expect(readiness[.ec2]?.since == Self.start + .seconds(121))
    #expect(readiness[.ec2]?.age(at: Self.start + .seconds(121)) == .seconds(121))
    #expect(!readiness.isReady)
    #expect(readiness[.configuration]?.state == .ok, "what is told at every change does not age")
  }

  @Test func whatIsUnknownAlreadyDoesNotChangeWithTime() {
    var readiness = Self.ready()
    readiness.note(.ec2, .unknown, "no answer", at: Self.start)
    readiness.forgetOld(at: Self.start + .seconds(1000))
    #expect(readiness[.ec2]?.detail == "no answer")
  }

  @Test func onlyFaultsOfThisRouterAloneAreLocal() {
    let local = ReadinessCheck.Name.allCases.filter(\.isLocal)
    #expect(local == [.vrrp, .addressCopier, .hook, .daemon])
  }
}
