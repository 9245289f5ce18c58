/// Why there is no endpoint.
public enum EndpointError: Error, Sendable, Equatable, CustomStringConvertible {
  /// No Region is known and no endpoint is set.
  case missingRegion
  /// The Region can't be part of a host's name.
  case invalidRegion(String)
  /// The text is no URL, or one with parts that can't be used.
  case invalidURL(String, reason: String)
  /// Plain http to a host that is not this one.
  case plainHTTP(String)
  /// FIPS or dual stack, by its variable's name, is asked for together with an endpoint of one's own.
  case variantOfCustomEndpoint(variable: String, url: String)

  /// One line for the operator.
  public var description: String {
    switch self {
    case .missingRegion:
      "no Region is known: set aws.region or AWS_REGION, or let the router reach IMDS"
    case .invalidRegion(let region):
      "\"\(region)\" is no Region: set aws.region or AWS_REGION to a name like eu-central-1"
    case .invalidURL(let url, let reason):
      "EC2 endpoint \"\(url)\" \(reason): give https://HOST or https://HOST:PORT"
    case .plainHTTP(let url):
      "EC2 endpoint \"\(url)\" is plain http, which is allowed to loopback only: give https://..."
    case .variantOfCustomEndpoint(let variable, let url):
      "\(variable) is on and the EC2 endpoint is set to \"\(url)\": turn one of them off, "
        + "or name an endpoint that is of that kind and turn the variable off"
    }
  }
}
