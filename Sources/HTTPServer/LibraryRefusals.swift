import Glibc

/// Answers in the library's place where it refuses a header by itself.
///
/// Where Content-Length is no number or a cookie does not fit, libmicrohttpd 0.9.75 writes the header of its
/// answer twice, so that a client could take one answer for two. It tells its log before it writes: then the
/// answer is sent from here, and the socket shut down before the library gets to send its own.
@safe
final class LibraryRefusals: Sendable {
  /// Holds each connection thread's descriptor, plus one.
  private let key: pthread_key_t
  private let sendsPlain: Bool

  /// Under TLS (`sendsPlain` false) nothing can be written past the library: such a connection is only ended.
  init(sendsPlain: Bool) throws(HTTPServerError) {
    var key = pthread_key_t()
    let status = unsafe pthread_key_create(&key, nil)
    guard status == 0 else { throw .invalidSetting("no thread-specific key left: \(reason(status))") }
    self.key = key
    self.sendsPlain = sendsPlain
  }

  deinit { pthread_key_delete(key) }

  /// Notes whose connection this thread serves; called at each request line.
  func watch(_ descriptor: Int32) {
    unsafe pthread_setspecific(key, UnsafeRawPointer(bitPattern: Int(descriptor) + 1))
  }

  /// Answers on this thread's connection, without a body, and ends it.
  func answer(_ status: Int) {
    guard let noted = unsafe pthread_getspecific(key) else { return }
    let descriptor = Int32(Int(bitPattern: noted) - 1)
    if sendsPlain {
      let statusLine = "HTTP/1.1 \(status) \(reasonPhrase(status))\r\n"
      let head = statusLine + "Connection: close\r\nContent-Length: 0\r\n\r\n"
      _ = unsafe Array(head.utf8).withUnsafeBytes {
        unsafe send(descriptor, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
      }
    }
    shutdown(descriptor, Int32(SHUT_RDWR))
  }
}
