// The C library's socket types come with whichever C module is built first.
import CMicroHTTPD
import Glibc

/// A socket that listens, made by us so that its backlog, mode and group are ours.
final class ListeningSocket: Sendable {
  let descriptor: Int32
  /// The TCP port; 0 for a Unix socket.
  let port: UInt16
  private let file: UnixSocketFile?

  /// Binds and listens.
  init(_ settings: ListenerSettings) throws(HTTPServerError) {
    let backlog = settings.backlog
    switch settings.endpoint {
    case .unix(let path, let permissions, let groupId):
      file = try UnixSocketFile(path: path, permissions: permissions, groupId: groupId, backlog: backlog)
      descriptor = file?.descriptor ?? -1
      port = 0
    case .tcp(let address, let wanted):
      file = nil
      (descriptor, port) = try listenTCP(
        address: address, port: wanted, backlog: backlog, bindsAhead: settings.bindsAhead)
    }
  }

  /// Refuses further clients, and takes the Unix socket's file away if it is still ours.
  func refuse() {
    file?.unlinkIfOurs()
    shutdown(descriptor, Int32(SHUT_RDWR))
  }

  /// Frees the descriptor, when no thread can wait on it any more.
  func close() { Glibc.close(descriptor) }
}

/// A socket of the given family that does not block and is not inherited.
func makeSocket(family: Int32) -> Int32 {
  let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
  return socket(family, Int32(kind), 0)
}
