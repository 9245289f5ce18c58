extension TransportRequest {
  /// The request's URL when everything about the request is allowed to leave the process.
  func checkedURL(_ settings: CurlSettings) throws(TransportError) -> TransportURL {
    guard let target = TransportURL(url) else {
      throw TransportError(
        .refusedRequest, host: "the URL", what: "malformed; give scheme://host[:port]/path")
    }
    func refuse(_ what: String) -> TransportError {
      TransportError(.refusedRequest, host: target.authority, what: what)
    }
    let lines = [method, url] + headers.flatMap { [$0.name, $0.value] }
    guard lines.allSatisfy({ $0.utf8.allSatisfy { $0 >= 32 && $0 != 127 || $0 == 9 } }) else {
      throw refuse("the request holds control characters and was not sent")
    }
    guard settings.unixSocketPath == nil, target.scheme != "https" else { return target }
    guard target.scheme == "http" else { throw refuse("\(target.scheme) is not spoken here; use https") }
    guard target.isLoopback || settings.allowsLinkLocal && target.isLinkLocal else {
      throw refuse("plain http is allowed only on this machine; use https")
    }
    return target
  }
}
