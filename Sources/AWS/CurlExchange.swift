internal import Synchronization

/// One request on its way between the Task that waits for it and the transport's thread.
final class CurlExchange: Sendable {
  typealias Outcome = Result<TransportResponse, TransportError>

  let request: TransportRequest
  let url: TransportURL
  let startedAt = ContinuousClock.now
  private let state = Mutex(State())

  private struct State {
    var waiting: CheckedContinuation<Outcome, Never>?
    var isCancelled = false
  }

  init(_ request: TransportRequest, url: TransportURL) {
    self.request = request
    self.url = url
  }

  var isCancelled: Bool { state.withLock { $0.isCancelled } }

  var milliseconds: Double { (ContinuousClock.now - startedAt) / .milliseconds(1) }

  func wait(_ continuation: CheckedContinuation<Outcome, Never>) {
    state.withLock { $0.waiting = continuation }
  }

  func cancel() {
    state.withLock { $0.isCancelled = true }
  }

  /// Hands the outcome to the waiting Task; only the first one counts.
  func finish(_ outcome: Outcome) {
    let continuation = state.withLock { state in
      defer { state.waiting = nil }
      return state.waiting
    }
    continuation?.resume(returning: outcome)
  }

  func fail(_ kind: TransportError.Kind, _ what: String) {
    finish(
      .failure(TransportError(kind, host: url.authority, milliseconds: milliseconds, what: what)))
  }
}
