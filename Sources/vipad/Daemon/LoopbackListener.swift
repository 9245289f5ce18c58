import HTTPServer
import Logging
import Synchronization

/// The listener on loopback, there as soon as its port is free.
///
/// A failover needs the Unix socket alone. So where the port is taken, as any user of the router could do, vipad goes
/// on without this listener, says so, and tries again.
final class LoopbackListener: Sendable {
  static let period = Duration.seconds(5)

  private enum State {
    case missing(reason: String)
    case listening(HTTPListener)
    case stopped
  }

  private let endpoint: TCPEndpoint
  private let daemon: Daemon
  private let logger: Logger
  private let handler: @Sendable (HTTPRequest) -> HTTPResponse
  private let onStop: @Sendable () -> Void
  private let state = Mutex(State.missing(reason: ""))

  init(
    _ endpoint: TCPEndpoint, daemon: Daemon, logger: Logger, onStop: @escaping @Sendable () -> Void,
    handler: @escaping @Sendable (HTTPRequest) -> HTTPResponse
  ) {
    (self.endpoint, self.daemon, self.logger) = (endpoint, daemon, logger)
    (self.onStop, self.handler) = (onStop, handler)
  }

  /// Listens, or goes on trying.
  func start() {
    let settings = ListenerSettings(endpoint: .tcp(address: endpoint.address, port: endpoint.port))
    do throws(HTTPServerError) {
      let listener = try HTTPListener(settings, onStop: onStop, handler: handler)
      let isWanted = state.withLock { state in
        if case .stopped = state { return false }
        state = .listening(listener)
        return true
      }
      if isWanted { tell(problem: nil) } else { listener.stop() }
    } catch {
      note("\(error)")
      daemon.thread.after(Self.period) {
        _ = self.daemon.start(priority: .utility) { _ in self.start() }
      }
    }
  }

  /// Stops to listen, and to try.
  func stop() {
    let listener: HTTPListener? = state.withLock { state in
      defer { state = .stopped }
      if case .listening(let listener) = state { return listener }
      return nil
    }
    listener?.stop()
  }

  /// Says each reason once.
  private func note(_ reason: String) {
    let isNew = state.withLock { state in
      guard case .missing(let known) = state, known != reason else { return false }
      state = .missing(reason: reason)
      return true
    }
    guard isNew else { return }
    logger.error("vipad answers on its Unix socket only: \(reason)")
    tell(problem: reason)
  }

  private func tell(problem: String?) {
    _ = daemon.start(priority: .utility) { await $0.noteRunning(problem: problem) }
  }
}
