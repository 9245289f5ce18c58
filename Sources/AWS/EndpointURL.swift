// The parts of an endpoint's URL that vipad uses; it has no others.
struct EndpointURL {
  let scheme: String
  let host: String
  let port: Int?

  // Throws `invalidURL` or `plainHTTP`.
  init(_ text: String) throws(EndpointError) {
    guard let end = text.firstRange(of: "://") else {
      throw .invalidURL(text, reason: "has no scheme")
    }
    scheme = text[..<end.lowerBound].lowercased()
    guard scheme == "https" || scheme == "http" else {
      throw .invalidURL(text, reason: "is neither https nor http")
    }
    var authority = text[end.upperBound...]
    if authority.hasSuffix("/") { authority.removeLast() }
    guard let (host, port) = hostAndPort(authority) else {
      throw .invalidURL(text, reason: "has no plain host name, or more than a host and a port")
    }
    self.host = host.lowercased()
    self.port = port
    guard scheme == "https" || isLoopback else { throw .plainHTTP(text) }
  }

  // The Host header leaves out the scheme's own port: RFC 9110, section 7.2.
  var authority: String {
    guard let port, port != (scheme == "https" ? 443 : 80) else { return host }
    return "\(host):\(port)"
  }

  private var isLoopback: Bool {
    if let address = IPv4Address(host) { return address.bits >> 24 == 127 }
    return host == "localhost" || host == "[::1]"
  }
}

private func hostAndPort(_ authority: Substring) -> (host: Substring, port: Int?)? {
  let isBracketed = authority.hasPrefix("[")
  guard
    let hostEnd = isBracketed
      ? authority.firstIndex(of: "]").map(authority.index(after:)) : authority.endOfName
  else { return nil }
  let host = authority[..<hostEnd]
  let isValid = isBracketed ? host.dropFirst().dropLast().isAddress : host.isName
  let rest = authority[hostEnd...]
  if isValid, rest.isEmpty { return (host, nil) }
  guard isValid, rest.first == ":", rest.dropFirst().allSatisfy({ $0.isASCII && $0.isNumber }),
    let port = Int(rest.dropFirst()), (1...65535).contains(port)
  else { return nil }
  return (host, port)
}

extension Substring {
  fileprivate var endOfName: Index { firstIndex(of: ":") ?? endIndex }

  fileprivate var isName: Bool {
    !isEmpty && allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-._".contains($0)) }
  }

  fileprivate var isAddress: Bool {
    !isEmpty && allSatisfy { $0.isHexDigit || ":.".contains($0) }
  }
}
