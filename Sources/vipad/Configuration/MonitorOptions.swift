import AWS

/// The listener for monitoring from afar; off unless `listen` is set.
struct MonitorOptions: Sendable, Equatable {
  var listen: TCPEndpoint?
  /// PEM file: the listener's certificate, then those of the CAs between.
  var certificate: String?
  /// PEM file: the certificate's private key.
  var key: String?
  /// PEM file of the CAs that sign client certificates.
  var clientCA: String?
  /// The file with the read token.
  var tokenFile: String?
  /// What clients call this router, beside the address of `listen`.
  var names: [String] = []

  /// What `Host` may say, in lower case, IPv6 addresses in brackets.
  var hosts: [String] {
    guard let listen else { return [] }
    let own = listen.isLoopback ? ["127.0.0.1", "localhost", "::1", listen.address] : [listen.address]
    return ((listen.isEveryAddress ? [] : own) + names).map { name in
      name.contains(":") ? "[\(name.lowercased())]" : name.lowercased()
    }
  }
}

extension TCPEndpoint {
  var isLoopback: Bool { IPv4Address.isLoopback(host: address) }

  var isEveryAddress: Bool { address == "0.0.0.0" || address == "::" }
}

/// Finds what the keys of `[monitor]` can't say alone.
struct MonitorComparison {
  private(set) var findings: [(key: String, reason: String)] = []

  init(_ options: MonitorOptions) {
    guard let listen = options.listen else { return }
    checkTLS(options, listen)
    checkCredentials(options)
    if listen.isEveryAddress && options.names.isEmpty {
      add("names", "is missing: with \(listen.address) it must say by which names or addresses clients ask")
    }
  }

  private mutating func checkTLS(_ options: MonitorOptions, _ listen: TCPEndpoint) {
    switch (options.certificate, options.key) {
    case (nil, nil) where !listen.isLoopback:
      add("listen", "plain http is for loopback only: name certificate and key, or listen on 127.0.0.1")
    case (nil, _?): add("certificate", "is missing: it goes with key")
    case (_?, nil): add("key", "is missing: it goes with certificate")
    default: break
    }
  }

  private mutating func checkCredentials(_ options: MonitorOptions) {
    guard options.certificate != nil else {
      if options.clientCA != nil { add("clientCA", "needs certificate and key: it is for TLS only") }
      return
    }
    if options.clientCA == nil && options.tokenFile == nil {
      add(
        "clientCA",
        "is missing: monitors show a certificate (clientCA) or a token (tokenFile), name one or both")
    }
  }

  private mutating func add(_ key: String, _ reason: String) {
    findings.append((key, reason))
  }
}
