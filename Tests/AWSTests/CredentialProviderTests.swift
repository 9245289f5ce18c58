import FoundationEssentials
import SigV4
import Synchronization
import Testing

@testable import AWS

@Suite(.timeLimit(.minutes(1))) struct CredentialProviderTests {
  private let start = Date(timeIntervalSince1970: 1_800_000_000)

  @Test func holdsNothingUntilItHasLookedUp() async throws {
    let role = ScriptedRole()
    let provider = role.provider(at: start)
    #expect(provider.held() == nil)
    role.answers(endingAt: start + 3600)
    #expect(try await provider.credentials().source == "instance role router")
    #expect(provider.held()?.credentials.accessKeyId == "KEY1")
    #expect(role.asked == 1)
  }

  @Test func asksNoMoreWhileTheCredentialsAreFresh() async throws {
    let role = ScriptedRole()
    let provider = role.provider(at: start)
    role.answers(endingAt: start + 16 * 60)
    for _ in 0..<5 { _ = try await provider.credentials() }
    #expect(role.asked == 1)
  }

  @Test func oneLookupServesAllWhoWait() async throws {
    let role = ScriptedRole()
    let provider = role.provider(at: start)
    role.answers(endingAt: start + 3600, held: true)
    async let answers = withThrowingTaskGroup(of: String.self) { group in
      for number in 0..<50 {
        group.addTask {
          let held = try await (number.isMultiple(of: 2) ? provider.credentials() : provider.refresh())
          return held.credentials.accessKeyId
        }
      }
      return try await group.reduce(into: Set<String>()) { $0.insert($1) }
    }
    await role.isAsked()
    role.letGo()
    #expect(try await answers == ["KEY1"])
    #expect(role.asked == 1)
  }

  @Test func from15MinutesBeforeTheEndItRefreshesWithoutHoldingTheCallerUp() async throws {
    let role = ScriptedRole()
    let provider = role.provider(at: start)
    role.answers(endingAt: start + 14 * 60)
    _ = try await provider.credentials()
    role.answers(endingAt: start + 7200, held: true)
    #expect(try await provider.credentials().credentials.accessKeyId == "KEY1")
    await role.isAsked(2)
    #expect(try await provider.credentials().credentials.accessKeyId == "KEY1", "still under way")
    role.letGo()
    #expect(try await provider.refresh().credentials.accessKeyId == "KEY2", "joins the one under way")
    #expect(role.asked == 2)
  }

  @Test func from10MinutesBeforeTheEndTheCallerWaits() async throws {
    let role = ScriptedRole()
    let provider = role.provider(at: start)
    role.answers(endingAt: start + 9 * 60)
    _ = try await provider.credentials()
    role.answers(endingAt: start + 7200)
    #expect(try await provider.credentials().credentials.accessKeyId == "KEY2")
  }

  @Test func whatLooksExpiredStaysInUseAfterOneRefreshThatFails() async throws {
    let role = ScriptedRole()
    let provider = role.provider(at: start)
    role.answers(endingAt: start - 60)
    _ = try await provider.credentials()
    role.fails()
    #expect(try await provider.credentials().credentials.accessKeyId == "KEY1")
    #expect(provider.lastFailure?.description.contains("IMDS is gone") == true)
    #expect(role.asked == 2)
    // The sixth failure's pause of 30 s is one that no machine is too slow for.
    for _ in 0..<5 { await #expect(throws: CredentialError.self) { try await provider.refresh() } }
    for _ in 0..<5 { #expect(try await provider.credentials().credentials.accessKeyId == "KEY1") }
    #expect(role.asked == 7, "a failure less than 30 s ago holds nobody up")
    role.answers(endingAt: start + 3600)
    #expect(try await provider.refresh().credentials.accessKeyId == "KEY8", "forced")
    #expect(provider.lastFailure == nil)
  }

  @Test func withNothingHeldTheCallerGetsTheError() async {
    let role = ScriptedRole()
    let provider = role.provider(at: start)
    role.fails()
    let error = await #expect(throws: CredentialError.self) { try await provider.credentials() }
    #expect(error?.description.contains("IMDS is gone") == true)
  }

  @Test func aForcedRefreshThatFailsLeavesWhatIsHeld() async throws {
    let role = ScriptedRole()
    let provider = role.provider(at: start)
    role.answers(endingAt: start + 3600)
    _ = try await provider.credentials()
    role.fails()
    await #expect(throws: CredentialError.self) { try await provider.refresh() }
    #expect(provider.held()?.credentials.accessKeyId == "KEY1")
  }

  @Test("keys that do not end too are looked up again once a lookup has failed")
  func afterAFailedLookupItTriesAgainUntilOneSucceeds() async throws {
    let role = ScriptedRole()
    let sleeps = Sleeps(limit: 2)
    role.answers(endingAt: start + 7200)
    let provider = role.provider(at: start, sleep: sleeps.sleep)
    _ = try await provider.credentials()
    role.fails()
    await #expect(throws: CredentialError.self) { try await provider.refresh() }
    role.answers(endingAt: start + 7200)
    await provider.keepFresh()
    #expect(provider.lastFailure == nil)
    #expect(sleeps.seconds == [60, 60], "and is quiet from then on")
    #expect(role.asked == 3)
  }

  @Test func whatEC2RefusesIsLookedUpAnewAndNotTooOften() async throws {
    let role = ScriptedRole()
    role.answers(endingAt: start + 7200)
    let provider = role.provider(at: start)
    let refused = try await provider.credentials()
    #expect(await provider.replacement(for: refused)?.credentials.accessKeyId == "KEY2")
    #expect(await provider.replacement(for: refused)?.credentials.accessKeyId == "KEY2", "found already")
    let other = try #require(provider.held())
    #expect(await provider.replacement(for: other) == nil, "looked up just now")
    #expect(role.asked == 2)
  }

  @Test func theSameKeysAreNoReplacement() async throws {
    let files = try CredentialFiles()
    try files.write("credentials", "[default]\naws_access_key_id = A\naws_secret_access_key = S")
    let provider = CredentialProvider(
      CredentialSources(environment: files.environment(), role: nil), clockSkew: ClockSkew())
    #expect(await provider.replacement(for: try await provider.credentials()) == nil)
  }

  @Test func aCallerThatIsCancelledWaitsNoLonger() async throws {
    let role = ScriptedRole()
    let provider = role.provider(at: start)
    role.answers(endingAt: start + 3600, held: true)
    let caller = Task { () throws(CredentialError) in try await provider.credentials() }
    await role.isAsked()
    caller.cancel()
    await #expect(throws: CredentialError.cancelled) { try await caller.value }
    role.letGo()
    #expect(try await provider.refresh().source == "instance role router", "the lookup went on")
  }

  @Test func judgesTheEndByEC2sClock() async throws {
    let role = ScriptedRole()
    let provider = role.provider(at: start, clockSkew: ClockSkew(seconds: 3600))
    role.answers(endingAt: start + 3600 + 9 * 60)  // 9 min by EC2's clock
    _ = try await provider.credentials()
    role.answers(endingAt: start + 9000)
    #expect(try await provider.credentials().credentials.accessKeyId == "KEY2")
  }

  @Test func keysWithoutEndAreLookedUpOnce() async throws {
    let files = try CredentialFiles()
    try files.write("credentials", "[default]\naws_access_key_id = A\naws_secret_access_key = S")
    let sleeps = Sleeps(limit: 3)
    let provider = CredentialProvider(
      CredentialSources(environment: files.environment(), role: nil), clockSkew: ClockSkew(),
      sleep: sleeps.sleep)
    await provider.keepFresh()
    #expect(provider.held()?.credentials.accessKeyId == "A")
    #expect(sleeps.seconds == [60, 60, 60])
  }

  @Test func keepsTryingWithPausesOf1To30Seconds() async {
    let role = ScriptedRole()
    let sleeps = Sleeps(limit: 8)
    role.fails()
    await role.provider(at: start, sleep: sleeps.sleep).keepFresh()
    #expect(sleeps.seconds == [1, 2, 4, 8, 16, 30, 30, 30])
    #expect(role.asked == 8)
  }

  @Test func keepsFreshFrom15MinutesBeforeTheEnd() async {
    let role = ScriptedRole()
    let sleeps = Sleeps(limit: 4)
    role.answers(endingAt: start + 17 * 60 + 30)
    let provider = role.provider(now: { start + sleeps.total }, sleep: sleeps.sleep)
    await provider.keepFresh()
    // 2.5 min are left to the window; then the role still gives the same end, and is asked each minute.
    #expect(sleeps.seconds == [60, 60, 30, 60])
    #expect(role.asked == 2)
  }

  @Test func endsWhenItsTaskIsCancelled() async throws {
    let role = ScriptedRole()
    role.answers(endingAt: start + 3600)
    let provider = role.provider(at: start)
    let keeper = Task { await provider.keepFresh() }
    await role.isAsked()
    keeper.cancel()
    await keeper.value
  }

  @Test func nothingPrintsASecret() async throws {
    let role = ScriptedRole()
    role.answers(endingAt: start + 3600)
    let provider = role.provider(at: start)
    let held = try await provider.credentials()
    var text = "\(held) \(String(reflecting: held)) \(provider) \(String(describing: provider.held()))"
    dump(held, to: &text)
    dump(provider, to: &text)
    #expect(!text.contains("SECRET") && !text.contains("TOKEN"))
  }
}
