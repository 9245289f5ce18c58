import AWS
import Dispatch
import Failover
import Glibc

/// What a host's name resolves to, and whether these are addresses of private networks.
struct HostAddresses: Sendable, Equatable {
  let addresses: [String]

  init(_ addresses: [String]) {
    self.addresses = addresses
  }

  /// Asks the resolver, which may block for long: on a thread of its own.
  ///
  /// - Returns: no addresses where the name has none.
  static func resolve(_ host: String) async -> HostAddresses {
    await withCheckedContinuation { continuation in
      queue.async { continuation.resume(returning: lookUp(host)) }
    }
  }

  private static let queue = DispatchQueue(label: "vipad resolver")

  /// True when each address is of a private network (RFC 1918, RFC 6598, RFC 4193) or of this machine.
  var arePrivate: Bool { addresses.allSatisfy(Self.isPrivate) }

  static func isPrivate(_ address: String) -> Bool {
    if let parsed = IPv4Address(address) {
      return privateNetworks.contains { $0.contains(parsed) }
    }
    let text = address.lowercased()
    return text == "::1" || ["fc", "fd", "fe8", "fe9", "fea", "feb"].contains { text.hasPrefix($0) }
  }

  private static let privateNetworks = [
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
  ].compactMap { IPv4Network($0) }

  /// getaddrinfo(3), each address once; may block for long.
  static func lookUp(_ host: String) -> HostAddresses {
    var hints = unsafe addrinfo()
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    guard unsafe getaddrinfo(host, nil, &hints, &list) == 0 else { return HostAddresses([]) }
    defer { unsafe freeaddrinfo(list) }
    var found: [String] = []
    var next = unsafe list
    while let item = unsafe next {
      if let text = unsafe text(item.pointee), !found.contains(text) { found.append(text) }
      unsafe next = item.pointee.ai_next
    }
    return HostAddresses(found.sorted())
  }

  private static func text(_ item: addrinfo) -> String? {
    var buffer = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    let code = unsafe getnameinfo(
      item.ai_addr, item.ai_addrlen, &buffer, socklen_t(buffer.count), nil, 0, NI_NUMERICHOST)
    guard code == 0 else { return nil }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

/// The way to EC2.
struct EndpointFinding {
  /// Where EC2 is called, with its scheme.
  var url: String
  /// The last proof of the claims' connection.
  var warm: WarmConnection?
  /// Why EC2 can't be asked, with EC2's own remedy where it answered.
  var trouble: (cause: String, remedy: String?)?
  /// What the name resolves to; nil while the resolver has not answered.
  var addresses: HostAddresses?
  var mustBePrivate: Bool

  /// Nil until there is anything to tell.
  var finding: Finding? {
    if let trouble { return .failed(.ec2, trouble.cause + publicly, trouble.remedy ?? remedy) }
    guard let warm, let addresses else { return nil }
    // A proxy resolves the name itself.
    if addresses.addresses.isEmpty, warm.remoteAddress != nil {
      return .failed(
        .ec2, "\(host) has no address any more; only the connection that is open still leads there", remedy)
    }
    if mustBePrivate, !addresses.arePrivate {
      return .failed(.ec2, "\(host) resolves to public addresses", Self.privateRemedy)
    }
    return .ok(
      .ec2, "\(host)\(kind), \(isTLS ? "certificate trusted" : "no TLS on loopback"), \(keeping(warm))",
      reading: reading(warm))
  }

  private var isPublic: Bool { addresses?.arePrivate == false }

  private var publicly: String {
    isPublic
      ? "; \(host) resolves to the public address \(addresses?.addresses.joined(separator: ", ") ?? "")" : ""
  }

  private var remedy: String {
    isPublic
      ? Self.privateRemedy
      : "check route, security group (443 to the endpoint), resolver and caBundle; vipad tries again by itself"
  }

  private static let privateRemedy =
    "make a VPC endpoint for ec2 with private DNS in this VPC (and let the router ask the VPC's resolver), "
    + "or give the router a way to the internet that does not lead through the VIP"

  private func keeping(_ warm: WarmConnection) -> String {
    warm.connectionKept ? "connection kept open" : "the server closes the connection after each answer"
  }

  private func reading(_ warm: WarmConnection) -> String {
    let address = warm.remoteAddress.map { "\($0), " } ?? ""
    return "\(address)round trip \(warm.milliseconds.inMicroseconds) ms"
  }

  private var isTLS: Bool { url.hasPrefix("https:") }

  private var kind: String {
    guard let addresses, !addresses.addresses.isEmpty else { return "" }
    return addresses.arePrivate ? " (private address)" : " (public address)"
  }

  private var host: String { Self.host(of: url) }

  /// The host of `SCHEME://HOST[:PORT]`.
  static func host(of url: String) -> String { EndpointURL(url)?.host ?? url }
}
