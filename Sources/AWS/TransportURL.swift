internal import CCurl

/// The parts of a URL as libcurl, which connects by it, understands them.
struct TransportURL: Sendable, Equatable {
  var scheme: String
  /// The name or address without brackets, in lower case.
  var host: String
  var port: Int
  var path: String
  /// The query without its "?".
  var query: String

  /// Takes a URL apart; nil when it is malformed, or carries user information.
  init?(_ text: String) {
    guard let handle = unsafe curl_url() else { return nil }
    defer { unsafe curl_url_cleanup(handle) }
    let flags = UInt32(CURLU_DISALLOW_USER)
    guard unsafe curl_url_set(handle, CURLUPART_URL, text, flags) == CURLUE_OK,
      let scheme = unsafe Self.part(handle, CURLUPART_SCHEME),
      let host = unsafe Self.part(handle, CURLUPART_HOST),
      let portText = unsafe Self.part(handle, CURLUPART_PORT, flags: UInt32(CURLU_DEFAULT_PORT)),
      let port = Int(portText)
    else { return nil }
    self.scheme = scheme.lowercased()
    self.host = String(host.lowercased().drop { $0 == "[" }.prefix { $0 != "]" })
    self.port = port
    path = unsafe Self.part(handle, CURLUPART_PATH) ?? "/"
    query = unsafe Self.part(handle, CURLUPART_QUERY) ?? ""
  }

  /// Host and port for messages; the port only where it is not the scheme's own.
  var authority: String {
    let name = host.contains(":") ? "[\(host)]" : host
    return port == (scheme == "https" ? 443 : 80) ? name : "\(name):\(port)"
  }

  /// Whether the host is this machine, by name or address.
  var isLoopback: Bool {
    host == "localhost" || host == "::1" || firstOctets.map { $0.0 == 127 } ?? false
  }

  /// Whether the host is 169.254.0.0/16, or the instance metadata's IPv6 address.
  var isLinkLocal: Bool {
    host == "fd00:ec2::254" || firstOctets.map { $0 == (169, 254) } ?? false
  }

  private var firstOctets: (UInt8, UInt8)? {
    let octets = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
    guard octets.count == 4, !octets.contains(nil), let first = octets[0], let second = octets[1]
    else { return nil }
    return (first, second)
  }

  private static func part(_ handle: OpaquePointer, _ part: CURLUPart, flags: UInt32 = 0) -> String? {
    var text: UnsafeMutablePointer<CChar>?
    guard unsafe curl_url_get(handle, part, &text, flags) == CURLUE_OK, let text = unsafe text
    else { return nil }
    defer { unsafe curl_free(text) }
    return unsafe String(cString: text)
  }
}
