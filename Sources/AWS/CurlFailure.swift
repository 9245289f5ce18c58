internal import CCurl
internal import Glibc

/// What a libcurl result means to the operator: what happened, and what to do.
extension CurlTransfer {
  /// The error of a transfer whose Task was cancelled.
  var cancelled: TransportError {
    error(.cancelled, sends > 0 ? "cancelled; the connection was reset" : "cancelled before it was sent")
  }

  /// The error of a transfer that ended with `code`.
  func error(_ code: CURLcode) -> TransportError {
    if exchange.isCancelled { return cancelled }
    if isTooLarge {
      return error(.tooLarge, "the answer is longer than \(settings.maximumBodyBytes) bytes; is this EC2?")
    }
    if sends > 1 || sends == 1 && code == CURLE_COULDNT_CONNECT { return broke }
    switch code {
    case CURLE_COULDNT_RESOLVE_HOST:
      return error(.notResolved, "the name has no address; check the resolver and the Region (\(detail))")
    case CURLE_COULDNT_RESOLVE_PROXY, CURLE_PROXY:
      return error(.proxy, "the proxy failed; check HTTPS_PROXY and NO_PROXY (\(detail))")
    case CURLE_COULDNT_CONNECT, CURLE_INTERFACE_FAILED: return notConnected(code)
    case CURLE_OPERATION_TIMEDOUT: return timedOut
    case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE, CURLE_ABORTED_BY_CALLBACK:
      return sends > 0 ? broke : error(proxy == nil ? .tls : .proxy, "no connection (\(detail))")
    case CURLE_PEER_FAILED_VERIFICATION:
      return error(
        .certificate, "the certificate was refused (\(detail)); trusted are the authorities in \(trust)")
    case CURLE_SSL_CACERT_BADFILE:
      return error(.tls, "can't read the authorities in \(trust); check caBundle or AWS_CA_BUNDLE")
    case CURLE_SSL_CONNECT_ERROR: return error(.tls, "TLS failed (\(detail)); is this an https port?")
    case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_HTTP2, CURLE_BAD_CONTENT_ENCODING:
      return error(.unreadable, "the answer is not HTTP (\(detail)); is this EC2?")
    default: return error(sends > 0 ? .connectionBroke : .unusable, "\(name(code)) (\(detail))")
    }
  }

  private var broke: TransportError {
    error(
      .connectionBroke, "the connection broke before the answer (\(detail)); the request may have arrived")
  }

  private var timedOut: TransportError {
    let request = exchange.request
    guard sends == 0 else {
      // libcurl reports the kernel's ETIMEDOUT, when nothing was acknowledged, with the same code.
      guard exchange.milliseconds >= Double(request.timeoutMilliseconds) - 1 else { return broke }
      return error(.timedOut, "no answer within \(request.timeoutMilliseconds) ms")
    }
    let isResolved = unsafe vipad_curl_info_time(easy, CURLINFO_NAMELOOKUP_TIME_T) > 0
    let check = isResolved ? "check route, security group and proxy" : "check the resolver"
    return error(.connectTimedOut, "timed out before it was sent (\(detail)); \(check)")
  }

  private func notConnected(_ code: CURLcode) -> TransportError {
    switch unsafe Int32(vipad_curl_info_long(easy, CURLINFO_OS_ERRNO)) {
    case ECONNREFUSED: error(.refused, "connection refused; nothing listens there")
    case ENOENT: error(.refused, "no such socket; is the daemon running?")
    case ETIMEDOUT: error(.connectTimedOut, "timed out connecting; check route and security group")
    case EACCES, EPERM: error(.refused, "not permitted to connect (\(detail))")
    default: error(.unreachable, "can't connect (\(detail)); check the route and bindInterface")
    }
  }

  private func error(_ kind: TransportError.Kind, _ what: String) -> TransportError {
    let by = proxy.map { " by proxy \(withoutPassword($0))" } ?? ""
    return TransportError(
      kind, host: exchange.url.authority + by, wasSent: sends > 0, reusedConnection: reusedConnection,
      milliseconds: exchange.milliseconds, what: what)
  }

  private func withoutPassword(_ proxy: String) -> String {
    proxy.lastIndex(of: "@").map { String(proxy[proxy.index(after: $0)...]) } ?? proxy
  }

  private var trust: String { settings.caBundle ?? systemCertificates }

  private func name(_ code: CURLcode) -> String { unsafe String(cString: curl_easy_strerror(code)) }
}
