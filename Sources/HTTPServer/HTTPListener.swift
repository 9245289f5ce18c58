import Synchronization

/// A server on one socket, with its own threads and limits: trouble here never reaches another listener.
///
/// **Threading mode.** Each connection has a thread of its own that waits in poll(2), so that a handler may
/// simply block (`?wait=` up to 60 s) and holds up nobody. Measured with libmicrohttpd 0.9.75 on two busy
/// cores, `bench/http/reference.c` in each mode; processor time a request of 600 bytes at 1, 32 and 256
/// kept-alive connections, and a caller's time beside 200 requests that wait:
///
/// | mode | 1 | 32 | 256 | beside 200 waiting |
/// |---|---|---|---|---|
/// | thread per connection, poll | 17.6 us | 17.8 us | 27.8 us | median 0.03 ms, longest 0.11 ms |
/// | one thread, poll | 15.2 us | 12.6 us | 21.7 us | never answered |
/// | one thread, poll, suspend and resume | 16.1 us | 14.6 us | 13.7 us | median 0.03 ms, longest 0.11 ms |
///
/// Suspend and resume saves some microseconds of a request, and costs what a waiting claim can't afford:
/// before 1.0.3 a ready connection is skipped while another is being suspended, a client that left is not
/// noticed, and stopping with one suspended aborts the process. One thread with epoll stops serving when a
/// multiple of 128 connections is ready at once. 200 waiting threads cost 0.9 MB. Tests: ThreadingModeTests.
///
/// A response is queued in the second call of the library's access handler, for in the first it would close
/// the connection; only refusals that want that are queued there.
///
/// **Deadlines** are the listener's own (`Deadline`, `Reaper`), since the library's time-out starts anew with
/// every byte. **Requests** are refused by `RequestGuard` before the handler sees them.
public final class HTTPListener: Sendable {
  /// The TCP port it listens on; 0 for a Unix socket.
  public var port: UInt16 { socket.port }

  private let socket: ListeningSocket
  private let service: Service
  private let daemon: Daemon
  private let onStop: @Sendable () -> Void
  private let result = Mutex<Bool?>(nil)

  /// Starts to listen and to answer with what `handler` returns.
  ///
  /// - Parameters:
  ///   - settings: where, and with which limits.
  ///   - onStop: called once when `stop` begins; it must wake every handler that waits.
  ///   - handler: called for each request that passed the guard, on the connection's own thread. It may
  ///     block: it holds up no other connection, and no deadline runs meanwhile.
  /// - Throws: `HTTPServerError` when the socket is another daemon's or can't be made.
  public init(
    _ settings: ListenerSettings, onStop: @escaping @Sendable () -> Void = {},
    handler: @escaping @Sendable (HTTPRequest) -> HTTPResponse
  ) throws(HTTPServerError) {
    let service = try Service(settings, handler: handler)
    let socket = try ListeningSocket(settings)
    do throws(HTTPServerError) {
      daemon = try Daemon(service, socket: socket)
    } catch {
      socket.refuse()
      socket.close()
      throw error
    }
    self.socket = socket
    self.service = service
    self.onStop = onStop
    guard startThread({ service.reaper.run() }) else {
      stop()
      throw .invalidSetting("no thread left for the deadlines")
    }
  }

  deinit { stop() }

  /// Stops: no new connection is accepted, `onStop` is called, requests under way are answered.
  ///
  /// A second call returns the first one's result.
  ///
  /// - Parameter withinSeconds: how long to wait for handlers that `onStop` has woken.
  /// - Returns: false if a handler still ran then; its thread and the library's are left to the process.
  @discardableResult
  public func stop(withinSeconds: Double = 5) -> Bool {
    result.withLock { result in
      if let result { return result }
      daemon.quiesce()
      socket.refuse()
      onStop()
      // libmicrohttpd 0.9.75 crashes where it refuses a request by itself while it stops (its answer is not queued
      // then, and sent nevertheless): it stops only when no thread of a connection is left.
      let drained =
        service.drain(withinSeconds: withinSeconds) && service.reaper.cutAll(withinSeconds: withinSeconds)
      if drained {
        daemon.stop()
        socket.close()
      }
      service.reaper.stop()
      result = drained
      return drained
    }
  }
}
