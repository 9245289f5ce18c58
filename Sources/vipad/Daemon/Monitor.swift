import HTTPServer

/// The listener for monitoring from afar, made anew at each SIGHUP from files that may have changed.
///
/// Trouble with it stops neither the daemon nor another listener: it is only not there.
final class Monitor {
  private let options: MonitorOptions
  private let endpoint: TCPEndpoint
  private let answer: (Access) -> @Sendable (HTTPRequest) -> HTTPResponse
  private var listener: HTTPListener?
  private var inForce: (settings: ListenerSettings, rights: MonitorRights)?

  /// Nil where none is configured; `answer` gives the routes for what this listener lets whom ask.
  init?(_ options: MonitorOptions, answer: @escaping (Access) -> @Sendable (HTTPRequest) -> HTTPResponse) {
    guard let endpoint = options.listen else { return nil }
    (self.options, self.endpoint, self.answer) = (options, endpoint, answer)
  }

  /// Listens with what the files say now, in place of before; with files or an address that don't serve, as before.
  ///
  /// - Throws: `ConfigurationError`, `HTTPServerError`.
  func renew() throws {
    let fresh = (settings: try settings(), rights: try rights())
    listener?.stop()
    listener = nil
    do {
      try listen(fresh)
    } catch {
      if let inForce { try? listen(inForce) }
      throw error
    }
  }

  /// Stops to listen.
  func stop() {
    listener?.stop()
    listener = nil
  }

  private func listen(_ fresh: (settings: ListenerSettings, rights: MonitorRights)) throws {
    listener = try HTTPListener(fresh.settings, handler: answer(Access(.monitor(fresh.rights))))
    inForce = fresh
  }

  /// Fewer connections than on the router itself: monitors are few, and strangers can come here.
  private func settings() throws(ConfigurationError) -> ListenerSettings {
    ListenerSettings(
      endpoint: .tcp(address: endpoint.address, port: endpoint.port), connectionLimit: 128,
      connectionsPerAddress: 32, bindsAhead: true, tls: try tls())
  }

  private func tls() throws(ConfigurationError) -> ListenerSettings.TLS? {
    guard let certificate = options.certificate, let key = options.key else { return nil }
    return ListenerSettings.TLS(
      certificatePEM: try Self.text(certificate), keyPEM: try Self.text(key, isSecret: true),
      clientCAPEM: try options.clientCA.map { path throws(ConfigurationError) in try Self.text(path) })
  }

  private func rights() throws(ConfigurationError) -> MonitorRights {
    MonitorRights(
      hosts: options.hosts.map { Array($0.utf8) }, port: endpoint.port,
      takesCertificate: options.clientCA != nil,
      token: try options.tokenFile.map { path throws(ConfigurationError) in try ReadToken(path: path) })
  }

  private static func text(_ path: String, isSecret: Bool = false) throws(ConfigurationError) -> String {
    String(decoding: try TrustedFile(path: path, isSecret: isSecret).read(), as: UTF8.self)
  }
}
