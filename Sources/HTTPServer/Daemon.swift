import CMicroHTTPD
import Glibc

/// The library's server on one socket, with every option set.
@safe
final class Daemon: @unchecked Sendable {
  // Unchecked only for the pointers: the library locks what is behind its own, the service is Sendable.
  private let pointer: OpaquePointer
  private let service: Unmanaged<Service>

  /// Starts to accept.
  init(_ service: Service, socket: ListeningSocket) throws(HTTPServerError) {
    let tls = service.settings.tls.map(TLSTexts.init)
    let options = unsafe makeOptions(service.settings, socket: socket.descriptor, tls: tls)
    // Released by `stop`, when no thread of the library can use it any more.
    let retained = unsafe Unmanaged.passRetained(service)
    let started = unsafe withExtendedLifetime(tls) {
      unsafe vipad_mhd_start(
        modeFlags | (tls == nil ? 0 : MHD_USE_TLS.rawValue), retained.toOpaque(), options, Callbacks.access,
        Callbacks.completed, Callbacks.connection, Callbacks.log, Callbacks.target)
    }
    guard let started = unsafe started else {
      unsafe retained.release()
      throw .invalidSetting(
        tls == nil
          ? "libmicrohttpd did not start"
          : "libmicrohttpd did not start: check certificate, key and client CA, each PEM, the key the certificate's"
      )
    }
    unsafe (pointer, self.service) = unsafe (started, retained)
  }

  /// Accepts no more; connections go on.
  func quiesce() { unsafe MHD_quiesce_daemon(pointer) }

  /// Closes all connections and ends the threads; waits for every handler.
  func stop() {
    unsafe MHD_stop_daemon(pointer)
    unsafe service.release()
  }
}

/// A thread for each connection, which waits in poll(2): why, says `HTTPListener`.
private let modeFlags =
  MHD_USE_THREAD_PER_CONNECTION.rawValue | MHD_USE_INTERNAL_POLLING_THREAD.rawValue | MHD_USE_POLL.rawValue
  | MHD_USE_ITC.rawValue | MHD_USE_ERROR_LOG.rawValue

/// A text as C has it; the library reads certificate and key while it starts.
@safe
private final class CText {
  let pointer: UnsafeMutablePointer<CChar>?
  init(_ text: String) { unsafe pointer = unsafe strdup(text) }
  deinit { unsafe free(pointer) }
}

/// What the library reads of TLS while it starts.
private final class TLSTexts {
  let key: CText
  let certificate: CText
  let clientCA: CText?

  init(_ tls: ListenerSettings.TLS) {
    key = CText(tls.keyPEM)
    certificate = CText(tls.certificatePEM)
    clientCA = tls.clientCAPEM.map(CText.init)
  }
}

/// The options, ended as the library wants them.
private func makeOptions(_ settings: ListenerSettings, socket: Int32, tls: TLSTexts?) -> [MHD_OptionItem] {
  var options = unsafe [
    option(.LISTEN_SOCKET, Int(socket)),
    option(.CONNECTION_LIMIT, Int(settings.connectionLimit)),
    option(.CONNECTION_MEMORY_LIMIT, settings.connectionMemoryBytes),
    option(.THREAD_STACK_SIZE, settings.threadStackBytes),
    option(.PER_IP_CONNECTION_LIMIT, Int(settings.connectionsPerAddress)),
    // The deadlines are ours: the library's would cut an answer that a handler took long for.
    option(.CONNECTION_TIMEOUT, 0),
    // The guard makes its two checks (a Host, no space in the target) and answers them as problems.
    option(.STRICT_FOR_CLIENT, 0),
  ]
  if let tls { unsafe options += makeOptions(tls) }
  return unsafe options + [option(.END, 0)]
}

private func makeOptions(_ tls: TLSTexts) -> [MHD_OptionItem] {
  var options = unsafe [
    option(.HTTPS_MEM_KEY, 0, tls.key.pointer), option(.HTTPS_MEM_CERT, 0, tls.certificate.pointer),
    option(.HTTPS_PRIORITIES, 0, UnsafeMutableRawPointer(mutating: tlsPriorities.utf8Start)),
  ]
  // With it the library asks for a certificate; `verifyClient` holds it against these.
  if let clientCA = tls.clientCA { unsafe options.append(option(.HTTPS_MEM_TRUST, 0, clientCA.pointer)) }
  return unsafe options
}

private func option(
  _ option: MHD_OPTION, _ value: Int, _ pointer: UnsafeMutableRawPointer? = nil
) -> MHD_OptionItem {
  unsafe MHD_OptionItem(option: option, value: value, ptr_value: pointer)
}

/// TLS 1.2 and 1.3 only, with authenticated ciphers and keys that are lost with the session, in GnuTLS's words.
private let tlsPriorities: StaticString = """
  NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-RSA:-CIPHER-ALL:+AES-256-GCM:+CHACHA20-POLY1305:+AES-128-GCM
  """
