import AWS
import FoundationEssentials
import Glibc
import SystemPackage

/// Asks the daemon over its Unix socket.
struct DaemonConnection {
  let socket: String

  /// Sends one request.
  ///
  /// - Parameters:
  ///   - method: GET or POST.
  ///   - target: path and query.
  ///   - headers: header fields beside those of the body.
  ///   - body: JSON, for POST.
  ///   - timeoutSeconds: how long the answer may take.
  /// - Returns: the answer, whatever its status.
  /// - Throws: `CommandFailure` where there is none.
  func send(
    _ method: String, _ target: String, headers: [(name: String, value: String)] = [], body: [UInt8] = [],
    timeoutSeconds: Int = 10
  ) async throws(CommandFailure) -> DaemonAnswer {
    do throws(TransportError) {
      let transport = try CurlTransport(CurlSettings(unixSocketPath: socket))
      defer { transport.close() }
      let response = try await transport.send(
        TransportRequest(
          method: method, url: "http://localhost" + target,
          headers: headers + (body.isEmpty ? [] : [("Content-Type", "application/json")]), body: body,
          timeoutMilliseconds: timeoutSeconds * 1000))
      return DaemonAnswer(status: response.status, body: response.body, etag: response.header("ETag"))
    } catch {
      throw CommandFailure(reason(for: error, timeoutSeconds: timeoutSeconds))
    }
  }

  /// Sends a POST with a JSON body.
  ///
  /// - Throws: `CommandFailure`.
  func post(
    _ target: String, _ body: some Encodable, timeoutSeconds: Int = 10
  ) async throws -> DaemonAnswer {
    let bytes = try JSONEncoder().encode(body)
    return try await send("POST", target, body: Array(bytes), timeoutSeconds: timeoutSeconds)
  }

  /// Why there is no answer, and the command that helps.
  private func reason(for error: TransportError, timeoutSeconds: Int) -> String {
    switch error.kind {
    case .refused, .unreachable, .connectTimedOut:
      if (try? Stat(FilePath(socket))) == nil {
        return "the daemon is not running: there is no socket \(socket); see: systemctl status vipad"
      }
      if unsafe access(socket, W_OK) != 0 {
        return
          "\(socket) is not open to you; run this as root or as a member of the socket's group (ls -l \(socket))"
      }
      return "the daemon is not running: nobody answers at \(socket); see: systemctl status vipad"
    case .timedOut:
      return "the daemon did not answer within \(timeoutSeconds) s at \(socket); see: systemctl status vipad"
    default:
      return "the daemon at \(socket) did not answer: \(error); see: journalctl -u vipad"
    }
  }
}

/// What the daemon said.
struct DaemonAnswer: Sendable, Equatable {
  /// The HTTP status.
  let status: Int
  let body: [UInt8]
  /// What stands for the body, as If-None-Match takes it.
  var etag: String?

  var value: JSONValue? { JSONValue(body) }
}
