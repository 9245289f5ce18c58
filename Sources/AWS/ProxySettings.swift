/// The proxies of the environment: HTTPS_PROXY, ALL_PROXY and NO_PROXY in either case, lower case first.
///
/// Plain http goes only to loopback and link-local addresses, which never take a proxy; so HTTP_PROXY has
/// no use here.
public struct ProxySettings: Sendable, Equatable {
  /// The proxy's URL for https; nil: none.
  public var https: String?
  /// Hosts reached without it: names with their subdomains, addresses, networks, or `*` for all.
  public var exceptions: [String]

  /// No proxy at all.
  public static let none = ProxySettings(https: nil, exceptions: [])

  /// Takes the settings as given.
  public init(https: String?, exceptions: [String]) {
    self.https = https
    self.exceptions = exceptions
  }

  /// Reads the settings from an environment.
  public init(environment: [String: String]) {
    func value(_ name: String) -> String? {
      for key in [name.lowercased(), name] {
        if let text = environment[key], !text.isEmpty { return text }
      }
      return nil
    }
    https = value("HTTPS_PROXY") ?? value("ALL_PROXY")
    exceptions = (value("NO_PROXY") ?? "").split { $0 == "," || $0 == " " }.map { $0.lowercased() }
  }

  /// Whether requests to that URL go by a proxy, which looks for its host itself.
  public func isUsed(for url: String) -> Bool { TransportURL(url).map { proxy(for: $0) != nil } ?? false }

  /// The proxy for a target, or nil for a direct connection.
  func proxy(for url: TransportURL) -> String? {
    guard url.scheme == "https", !url.isLoopback, !url.isLinkLocal else { return nil }
    return exceptions.contains { excepts($0, url) } ? nil : https
  }

  private func excepts(_ entry: String, _ url: TransportURL) -> Bool {
    if entry == "*" || entry == url.host || entry == url.authority { return true }
    if let network = IPv4Network(entry), let address = IPv4Address(url.host) {
      return network.contains(address)
    }
    let suffix = entry.first == "." ? entry : ".\(entry)"
    return url.host.hasSuffix(suffix)
  }
}
