public import FoundationEssentials
internal import Synchronization

/// Holds the credentials every call to EC2 is signed with, and refreshes them before they end.
///
/// A Task that runs `keepFresh()` belongs to the daemon; a claim takes `held()` and never waits.
public final class CredentialProvider: Sendable {
  private typealias Answer = Result<HeldCredentials, CredentialError>

  private struct State {
    var held: HeldCredentials?
    var lastFailure: CredentialError?
    var failures = 0
    var retryAfter = ContinuousClock.now
    var replaceAfter = ContinuousClock.now
    var isRefreshing = false
    var waiting: [UInt64: CheckedContinuation<Answer, Never>] = [:]
    var tickets: UInt64 = 0

    mutating func note(_ answer: Answer) {
      switch answer {
      case .success(let found):
        held = found
        lastFailure = nil
        failures = 0
      case .failure(let error):
        lastFailure = error
        failures += 1
        retryAfter = .now + .seconds(CredentialRefresh.pauseSeconds(failures: failures))
      }
    }
  }

  private let sources: CredentialSources
  private let clockSkew: ClockSkew
  private let now: @Sendable () -> Date
  private let executor: (any TaskExecutor)?
  private let sleep: @Sendable (Duration) async throws -> Void
  private let state = Mutex(State())

  /// Looks nothing up yet.
  ///
  /// `now` is the wall clock; whether credentials end soon is judged by it, corrected by `clockSkew`.
  /// Lookups run on `executor`; nil: on the cooperative pool. `sleep` is how `keepFresh()` waits.
  public init(
    _ sources: CredentialSources, clockSkew: ClockSkew, now: @escaping @Sendable () -> Date = { Date() },
    executor: (any TaskExecutor)? = nil,
    sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
  ) {
    self.sources = sources
    self.clockSkew = clockSkew
    self.now = now
    self.executor = executor
    self.sleep = sleep
  }

  /// What is held now, without waiting: for a claim's path.
  ///
  /// Nil until the first lookup has succeeded.
  public func held() -> HeldCredentials? {
    state.withLock { $0.held }
  }

  /// Why the latest lookup failed; nil after one that succeeded.
  public var lastFailure: CredentialError? {
    state.withLock { $0.lastFailure }
  }

  /// What is held, after a refresh where that is due; one refresh serves all who wait.
  ///
  /// From 15 min before the credentials end they are refreshed in the background, from 10 min before it the
  /// caller waits for that; after a failed lookup they are looked up in the background too. It never waits for
  /// more than one refresh: when that fails, or a failure is not yet 1 s to 30 s old, it gets what is held, and EC2
  /// decides. Throws `CredentialError` where nothing is held,
  /// `.cancelled` when the caller's Task is.
  public func credentials() async throws(CredentialError) -> HeldCredentials {
    guard let held = held() else { return try await refresh() }
    switch due {
    case .none:
      return held
    case .inBackground:
      if mayRetry { startRefresh() }
      return held
    case .awaited:
      guard mayRetry else { return held }
      do { return try await refresh() } catch {
        if error == .cancelled { throw error }
        return held
      }
    }
  }

  /// Looks everything up anew, or joins a lookup that is under way, and waits for it.
  ///
  /// For the failure class `credentials`. A failure leaves what is held in use.
  public func refresh() async throws(CredentialError) -> HeldCredentials {
    let ticket = state.withLock { state in
      state.tickets += 1
      return state.tickets
    }
    let answer = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        startRefresh(for: ticket, continuation)
        if Task.isCancelled { giveUp(ticket) }
      }
    } onCancel: {
      giveUp(ticket)
    }
    return try answer.get()
  }

  /// Finds what to use in place of credentials that EC2 has refused; nil where there is nothing else.
  ///
  /// Keys may be replaced before their end, and nothing but a refusal tells of it. Looks everything up anew, at
  /// most once in 10 s, as those who are refused ask again and again.
  func replacement(for refused: HeldCredentials) async -> HeldCredentials? {
    if let held = held(), held.credentials != refused.credentials { return held }
    let mayLook = state.withLock { state in
      guard ContinuousClock.now >= state.replaceAfter else { return false }
      state.replaceAfter = .now + Self.pauseBetweenReplacements
      return true
    }
    guard mayLook, let found = try? await refresh() else { return nil }
    return found.credentials == refused.credentials ? nil : found
  }

  private static let pauseBetweenReplacements = Duration.seconds(10)

  /// Refreshes on time until the Task is cancelled; failures are retried after 1 s to 30 s, for ever.
  public func keepFresh() async {
    while !Task.isCancelled {
      // A failure stays in `lastFailure`, and makes the next lookup due after the sleep.
      if due != .none { _ = try? await refresh() }
      let (held, failures) = state.withLock { ($0.held, $0.failures) }
      let seconds =
        failures > 0
        ? CredentialRefresh.pauseSeconds(failures: failures)
        : CredentialRefresh.sleepSeconds(held, now: clockSkew.signingDate(now()))
      do { try await sleep(.seconds(seconds)) } catch { return }
    }
  }

  private var due: CredentialRefresh {
    let (held, lastFailed) = state.withLock { ($0.held, $0.lastFailure != nil) }
    return CredentialRefresh(of: held, lastFailed: lastFailed, now: clockSkew.signingDate(now()))
  }

  private var mayRetry: Bool {
    state.withLock { $0.isRefreshing || $0.failures == 0 || ContinuousClock.now >= $0.retryAfter }
  }

  // Only one is under way at a time; who comes while it is waits for that one.
  private func startRefresh(
    for ticket: UInt64 = 0, _ continuation: CheckedContinuation<Answer, Never>? = nil
  ) {
    let isFirst = state.withLock { state in
      if let continuation { state.waiting[ticket] = continuation }
      defer { state.isRefreshing = true }
      return !state.isRefreshing
    }
    guard isFirst else { return }
    Task(executorPreference: executor) {
      do throws(CredentialError) {
        self.finish(.success(try await self.sources.find()))
      } catch {
        self.finish(.failure(error))
      }
    }
  }

  private func finish(_ answer: Answer) {
    let waiting = state.withLock { state in
      defer { state.waiting = [:] }
      state.isRefreshing = false
      state.note(answer)
      return state.waiting.values
    }
    for continuation in waiting { continuation.resume(returning: answer) }
  }

  private func giveUp(_ ticket: UInt64) {
    let continuation = state.withLock { $0.waiting.removeValue(forKey: ticket) }
    continuation?.resume(returning: .failure(.cancelled))
  }
}
