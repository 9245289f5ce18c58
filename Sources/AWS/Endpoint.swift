/// Where EC2 is, and what requests to it are signed for.
public struct Endpoint: Sendable, Equatable {
  /// Scheme, host and port, without a slash at the end: `https://ec2.eu-central-1.amazonaws.com`.
  public let url: String
  /// The host and, where it is not the scheme's own, the port: the Host header.
  public let authority: String
  /// The Region in the signature; nil where neither settings nor the host's name tell it: ask IMDS.
  public let signingRegion: String?
}

extension AWSSettings {
  /// EC2's endpoint: the configured one, the environment's, the profile's, else the Region's own.
  ///
  /// `region` is what `region()` gave, else what IMDS says. An endpoint that is set may be plain http on
  /// loopback only. A Region in the host's name (`ec2.REGION...`, `vpce-...ec2.REGION.vpce...`) is the one to
  /// sign for, since that host accepts no other.
  /// Source: AWS SDKs and Tools Reference, "Service-specific endpoints"; EC2's endpoint rules in botocore.
  public func endpoint(region: String?) throws(EndpointError) -> Endpoint {
    guard let url = customEndpoint(ofService: "ec2") else {
      guard let region else { throw .missingRegion }
      return try regionalEndpoint(region)
    }
    if isFIPS { throw .variantOfCustomEndpoint(variable: fipsVariable, url: url) }
    if isDualStack { throw .variantOfCustomEndpoint(variable: dualStackVariable, url: url) }
    let parsed = try EndpointURL(url)
    return Endpoint(
      url: "\(parsed.scheme)://\(parsed.authority)", authority: parsed.authority,
      signingRegion: regionInName(ofHost: parsed.host) ?? region)
  }

  // The order of precedence is AWS's; what vipad's own configuration says is never ignored.
  func customEndpoint(ofService service: String) -> String? {
    if let configuredEndpoint { return configuredEndpoint }
    if isOn("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", orInProfile: "ignore_configured_endpoint_urls") {
      return nil
    }
    return environment.nonEmpty("AWS_ENDPOINT_URL_\(service.uppercased())")
      ?? environment.nonEmpty("AWS_ENDPOINT_URL")
      ?? profile.text("endpoint_url", ofService: service)
      ?? profile.text("endpoint_url")
  }

  private func regionalEndpoint(_ region: String) throws(EndpointError) -> Endpoint {
    guard isHostLabel(region) else { throw .invalidRegion(region) }
    let partition = EndpointPartition(ofRegion: region)
    // GovCloud's own names are FIPS without saying so.
    let isNamedFIPS = isFIPS && (isDualStack || !region.hasPrefix("us-gov-"))
    let suffix = isDualStack ? partition.dualStackSuffix : partition.suffix
    let host = "\(isNamedFIPS ? "ec2-fips" : "ec2").\(region).\(suffix)"
    return Endpoint(url: "https://\(host)", authority: host, signingRegion: region)
  }

  private var isFIPS: Bool { isOn(fipsVariable, orInProfile: "use_fips_endpoint") }
  private var isDualStack: Bool { isOn(dualStackVariable, orInProfile: "use_dualstack_endpoint") }
}

private let fipsVariable = "AWS_USE_FIPS_ENDPOINT"
private let dualStackVariable = "AWS_USE_DUALSTACK_ENDPOINT"

private func isHostLabel(_ text: String) -> Bool {
  (1...63).contains(text.utf8.count) && !text.hasPrefix("-") && !text.hasSuffix("-")
    && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
}

private func regionInName(ofHost host: String) -> String? {
  guard
    let suffix = EndpointPartition.suffixes.filter({ host.hasSuffix("." + $0) }).max(by: {
      $0.count < $1.count
    })
  else { return nil }
  var labels = host.dropLast(suffix.count + 1).split(separator: ".")
  if labels.last == "vpce" { labels.removeLast() }
  guard let region = labels.popLast(), labels.last == "ec2" || labels.last == "ec2-fips" else { return nil }
  return String(region)
}
