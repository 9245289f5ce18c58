import FoundationEssentials
import SigV4
import Synchronization

@testable import AWS

/// An instance role whose answers the test decides.
final class ScriptedRole: Sendable {
  private struct Gone: Error, CustomStringConvertible { let description = "IMDS is gone" }

  private struct State {
    var expiration: Date?
    var isHeld = false
    var asked = 0
    var releases: [CheckedContinuation<Void, Never>] = []
    var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
  }

  private let state = Mutex(State())

  var asked: Int { state.withLock { $0.asked } }

  func answers(endingAt expiration: Date, held: Bool = false) {
    state.withLock {
      $0.expiration = expiration
      $0.isHeld = held
    }
  }

  func fails() { state.withLock { $0.expiration = nil } }

  func letGo() {
    let releases = state.withLock { state in
      defer { state.releases = [] }
      state.isHeld = false
      return state.releases
    }
    for release in releases { release.resume() }
  }

  func isAsked(_ count: Int = 1) async {
    await withCheckedContinuation { continuation in
      let isAlready = state.withLock { state in
        if state.asked < count { state.watchers.append((count, continuation)) }
        return state.asked >= count
      }
      if isAlready { continuation.resume() }
    }
  }

  func provider(
    at date: Date, clockSkew: ClockSkew = ClockSkew(),
    sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
  ) -> CredentialProvider {
    provider(now: { date }, clockSkew: clockSkew, sleep: sleep)
  }

  func provider(
    now: @escaping @Sendable () -> Date, clockSkew: ClockSkew = ClockSkew(),
    sleep: @escaping @Sendable (Duration) async throws -> Void
  ) -> CredentialProvider {
    let nothing = ["AWS_CONFIG_FILE": "/nowhere", "AWS_SHARED_CREDENTIALS_FILE": "/nowhere"]
    let sources = CredentialSources(environment: nothing, role: { try await self.answer() })
    return CredentialProvider(sources, clockSkew: clockSkew, now: now, sleep: sleep)
  }

  private func answer() async throws -> RoleCredentials {
    let (number, expiration) = note()
    await withCheckedContinuation { continuation in
      let isHeld = state.withLock { state in
        if state.isHeld { state.releases.append(continuation) }
        return state.isHeld
      }
      if !isHeld { continuation.resume() }
    }
    guard let expiration else { throw Gone() }
    let keys = Credentials(accessKeyId: "KEY\(number)", secretAccessKey: "SECRET", sessionToken: "TOKEN")
    return RoleCredentials(roleName: "router", credentials: keys, expiration: expiration)
  }

  private func note() -> (number: Int, expiration: Date?) {
    let (answer, watchers) = state.withLock { state in
      state.asked += 1
      let met = state.watchers.filter { $0.count <= state.asked }
      state.watchers.removeAll { $0.count <= state.asked }
      return ((state.asked, state.expiration), met)
    }
    for watcher in watchers { watcher.continuation.resume() }
    return answer
  }
}

/// Sleeps that take no time, and end the sleeper after `limit` of them.
final class Sleeps: Sendable {
  private let limit: Int
  private let slept = Mutex<[Double]>([])

  init(limit: Int) { self.limit = limit }

  var seconds: [Double] { slept.withLock { $0 } }
  var total: Double { seconds.reduce(0, +) }

  var sleep: @Sendable (Duration) async throws -> Void {
    { duration in
      let count = self.slept.withLock { slept in
        slept.append(duration / .seconds(1))
        return slept.count
      }
      if count >= self.limit { throw CancellationError() }
    }
  }
}
