import AWS
import Glibc

/// Forms of addresses and endpoints.
extension SettingForm<String> {
  /// An address that can be a secondary private address of a network interface.
  static var vip: SettingForm {
    text("an IPv4 address that can be a secondary private address, as \"10.0.1.100\"") { text in
      guard let address = IPv4Address(text), !address.isReserved else { return nil }
      return text
    }
  }

  /// An https URL without a path, or an http URL where `allowsPlain` is true of the host.
  static func endpoint(_ expected: String, allowsPlain: @escaping @Sendable (String) -> Bool) -> SettingForm {
    text(expected, isShown: false) { text in
      guard let url = EndpointURL(text) else { return nil }
      return url.scheme == "https" || allowsPlain(url.host) ? text : nil
    }
  }

  static var ec2Endpoint: SettingForm {
    endpoint("https://HOST[:PORT], or http:// to a loopback address") { IPv4Address.isLoopback(host: $0) }
  }

  /// Where the other router's /status is: an endpoint with or without the path.
  static var peerStatus: SettingForm {
    text("https://HOST[:PORT]/status, or http:// to a loopback address", isShown: false) { text in
      let endpoint = text.hasSuffix("/status") ? String(text.dropLast("/status".count)) : text
      return (try? ec2Endpoint.read(.text(endpoint))) == nil ? nil : text
    }
  }

  static var imdsEndpoint: SettingForm {
    endpoint("http://HOST[:PORT] with a loopback or link-local address, or https://HOST[:PORT]") { host in
      IPv4Address.isLoopback(host: host) || IPv4Address.isLinkLocal(host: host)
    }
  }
}

extension SettingForm<TCPEndpoint?> {
  /// `ADDRESS:PORT` on loopback, or nothing.
  static var loopbackEndpoint: SettingForm {
    text("a loopback address and a port, as \"127.0.0.1:8600\", or \"\" for no TCP listener") { text in
      guard !text.isEmpty else { return .some(nil) }
      let parts = text.split(separator: ":", omittingEmptySubsequences: false)
      guard parts.count == 2, let address = IPv4Address(String(parts[0])), address.isLoopback else {
        return nil
      }
      guard let port = EndpointURL.port(parts[1].utf8) else { return nil }
      return TCPEndpoint(address: String(parts[0]), port: port)
    }
  }
}

extension SettingForm<TCPEndpoint?> {
  /// `ADDRESS:PORT` on any address, IPv6 in brackets, or nothing.
  static var endpoint: SettingForm {
    text("an address and a port, as \"10.0.1.11:8601\" or \"[fd00::1]:8601\", or \"\" for no such listener") {
      text in
      guard !text.isEmpty else { return .some(nil) }
      guard let colon = text.lastIndex(of: ":"), let port = EndpointURL.port(text[colon...].dropFirst().utf8)
      else {
        return nil
      }
      let host = text[..<colon]
      let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
      let address = String(isBracketed ? host.dropFirst().dropLast() : host)
      guard isBracketed ? isIPv6(address) : IPv4Address(address) != nil else { return nil }
      return TCPEndpoint(address: address, port: port)
    }
  }
}

extension SettingForm<String> {
  /// A host's name or numeric address, as clients write it into `Host`; IPv6 without brackets.
  static var hostName: SettingForm {
    text("a host's name or address, as \"router-a.example.net\" or \"10.0.1.11\"") { text in
      let isName = (1...253).contains(text.utf8.count) && text.utf8.allSatisfy { isHostNameByte($0) }
      return isName || isIPv6(text) ? text : nil
    }
  }

  private static func isHostNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}

/// Whether a text is a numeric IPv6 address without a zone (inet_pton(3)).
private func isIPv6(_ text: String) -> Bool {
  var address = in6_addr()
  return unsafe inet_pton(AF_INET6, text, &address) == 1
}

/// What an address is good for (RFC 6890).
extension IPv4Address {
  fileprivate var isLoopback: Bool { bits >> 24 == 127 }
  fileprivate var isLinkLocal: Bool { bits >> 16 == 169 << 8 | 254 }
  /// This network, loopback, link-local, multicast and beyond.
  fileprivate var isReserved: Bool { bits >> 24 == 0 || isLoopback || isLinkLocal || bits >> 24 >= 224 }

  static func isLoopback(host: String) -> Bool {
    host == "localhost" || host == "::1" || IPv4Address(host)?.isLoopback == true
  }

  /// IMDS is on 169.254.169.254 and fd00:ec2::254.
  fileprivate static func isLinkLocal(host: String) -> Bool {
    host.lowercased() == "fd00:ec2::254" || IPv4Address(host)?.isLinkLocal == true
  }
}

/// The parts of `SCHEME://HOST[:PORT][/]`; nothing else is an endpoint.
struct EndpointURL {
  let scheme: String
  /// Without the brackets of an IPv6 address.
  let host: String

  init?(_ text: String) {
    guard let scheme = ["https", "http"].first(where: { text.hasPrefix($0 + "://") }) else { return nil }
    var authority = text.dropFirst(scheme.count + 3)
    if authority.hasSuffix("/") { authority = authority.dropLast() }
    let isBracketed = authority.hasPrefix("[")
    let (host, rest) = Self.split(authority, isBracketed: isBracketed)
    guard !host.isEmpty, host.utf8.allSatisfy({ Self.isHostByte($0, isBracketed: isBracketed) }) else {
      return nil
    }
    guard rest.isEmpty || (rest.hasPrefix(":") && Self.port(rest.dropFirst().utf8) != nil) else { return nil }
    self.scheme = scheme
    self.host = String(host)
  }

  /// A port from 1 to 65535 in plain digits.
  static func port(_ digits: some Collection<UInt8>) -> UInt16? {
    guard digits.first != UInt8(ascii: "0"), (1...5).contains(digits.count),
      digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else { return nil }
    return UInt16(exactly: digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) })
  }

  private static func split(_ authority: Substring, isBracketed: Bool) -> (host: Substring, rest: Substring) {
    guard isBracketed else {
      let end = authority.firstIndex(of: ":") ?? authority.endIndex
      return (authority[..<end], authority[end...])
    }
    guard let end = authority.firstIndex(of: "]") else { return ("", authority) }
    return (authority[..<end].dropFirst(), authority[end...].dropFirst())
  }

  private static func isHostByte(_ byte: UInt8, isBracketed: Bool) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"):
      true
    default: isBracketed && byte == UInt8(ascii: ":")
    }
  }
}
