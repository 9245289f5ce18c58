internal import CCurl

/// Sets every option of a transfer; a refused one is an error, never a silent default.
extension CurlTransfer {
  func setOptions(errorText: UnsafeMutablePointer<CChar>) throws(TransportError) {
    try check(
      unsafe vipad_curl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText), CURLOPT_ERRORBUFFER)
    for (option, value) in flags { try check(unsafe vipad_curl_set_long(easy, option, value), option) }
    for (option, value) in texts { try check(unsafe vipad_curl_set_string(easy, option, value), option) }
    try setMethod()
    try setHeaders()
    try setCallbacks()
  }

  private var flags: [(CURLoption, Int)] {
    [
      (CURLOPT_NOSIGNAL, 1),
      (CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1),
      (CURLOPT_FOLLOWLOCATION, 0),
      (CURLOPT_SUPPRESS_CONNECT_HEADERS, 1),
      (CURLOPT_SSL_VERIFYPEER, 1),
      (CURLOPT_SSL_VERIFYHOST, 2),
      (CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2),
      (CURLOPT_CONNECTTIMEOUT_MS, exchange.request.connectTimeoutMilliseconds),
      (CURLOPT_TIMEOUT_MS, exchange.request.timeoutMilliseconds),
      // A name is resolved for each new connection: when one breaks, the address may have moved.
      (CURLOPT_DNS_CACHE_TIMEOUT, 0),
      // Leaves a resolver thread that does not return to itself instead of waiting for it.
      (CURLOPT_QUICK_EXIT, 1),
      (CURLOPT_TCP_NODELAY, 1),
      // The kernel asks an idle peer every 5 s whether it is there and reports a dead one 1 s later.
      (CURLOPT_TCP_KEEPALIVE, 1),
      (CURLOPT_TCP_KEEPIDLE, 5),
      (CURLOPT_TCP_KEEPINTVL, 1),
      // Idle connections are kept as long as they live, not the default's 118 s.
      (CURLOPT_MAXAGE_CONN, 86400),
      (CURLOPT_FORBID_REUSE, settings.unixSocketPath == nil ? 0 : 1),
    ]
  }

  private var texts: [(CURLoption, String?)] {
    [
      (CURLOPT_URL, exchange.request.url),
      (CURLOPT_PROTOCOLS_STR, "http,https"),
      // An empty proxy keeps libcurl from reading the environment itself.
      (CURLOPT_PROXY, proxy ?? ""),
      (CURLOPT_NOPROXY, ""),
      (CURLOPT_CAINFO, settings.caBundle),
      (CURLOPT_CAPATH, settings.caBundle == nil ? systemCertificates : nil),
      (CURLOPT_INTERFACE, settings.bindInterface.map { "if!\($0)" }),
      (CURLOPT_UNIX_SOCKET_PATH, settings.unixSocketPath),
    ]
  }

  private func setMethod() throws(TransportError) {
    let request = exchange.request
    switch request.method {
    case "GET": try check(unsafe vipad_curl_set_long(easy, CURLOPT_HTTPGET, 1), CURLOPT_HTTPGET)
    case "HEAD": try check(unsafe vipad_curl_set_long(easy, CURLOPT_NOBODY, 1), CURLOPT_NOBODY)
    default:
      try check(unsafe vipad_curl_set_long(easy, CURLOPT_POST, 1), CURLOPT_POST)
      let code = unsafe request.body.withUnsafeBytes {
        unsafe vipad_curl_set_body(easy, $0.baseAddress, $0.count)
      }
      try check(code, CURLOPT_COPYPOSTFIELDS)
      try check(
        unsafe vipad_curl_set_string(easy, CURLOPT_CUSTOMREQUEST, request.method), CURLOPT_CUSTOMREQUEST)
    }
  }

  private func setHeaders() throws(TransportError) {
    let headers = exchange.request.headers
    let given = Set(headers.map { $0.name.lowercased() })
    // A name with a colon alone takes away the header libcurl would add; with a semicolon it is empty.
    let without = ["Expect:", "Accept:", "Content-Type:"].filter {
      !given.contains($0.dropLast().lowercased())
    }
    let lines = headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
    for line in lines + without where !append(header: line) {
      throw TransportError(.unusable, host: exchange.url.authority, what: "libcurl has no memory for headers")
    }
    try check(
      unsafe vipad_curl_set_pointer(easy, CURLOPT_HTTPHEADER, headerListPointer), CURLOPT_HTTPHEADER)
  }

  private func setCallbacks() throws(TransportError) {
    // Not retained: the loop holds the transfer until libcurl has let go of the handle, and the
    // sockets until it has let go of every connection.
    let transfer = unsafe Unmanaged.passUnretained(self).toOpaque()
    let sockets = unsafe Unmanaged.passUnretained(self.sockets).toOpaque()
    try check(unsafe vipad_curl_set_write(easy, CurlCallbacks.body, transfer), CURLOPT_WRITEFUNCTION)
    try check(unsafe vipad_curl_set_header(easy, CurlCallbacks.header, transfer), CURLOPT_HEADERFUNCTION)
    try check(unsafe vipad_curl_set_prereq(easy, CurlCallbacks.beforeSend, transfer), CURLOPT_PREREQFUNCTION)
    try check(
      unsafe vipad_curl_set_open(easy, CurlCallbacks.openSocket, transfer), CURLOPT_OPENSOCKETFUNCTION)
    try check(
      unsafe vipad_curl_set_close(easy, CurlCallbacks.closeSocket, sockets), CURLOPT_CLOSESOCKETFUNCTION)
  }

  private func check(_ code: CURLcode, _ option: CURLoption) throws(TransportError) {
    guard code != CURLE_OK else { return }
    let reason = unsafe String(cString: curl_easy_strerror(code))
    throw TransportError(
      .unusable, host: exchange.url.authority,
      what: "libcurl refuses option \(option.rawValue): \(reason); is libcurl 7.87 or newer installed?")
  }
}

/// Debian's hashed directory of certificate authorities: only the one that is needed is read.
let systemCertificates = "/etc/ssl/certs"
