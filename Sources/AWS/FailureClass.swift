/// What kind of trouble a failed EC2 call met; it decides how the claim goes on.
public enum FailureClass: String, Sendable, CaseIterable {
  /// EC2 limits the rate: wait from 1 s up, honour its hint.
  case throttled
  /// The network, EC2's own trouble, or an answer that can't be read: wait from 50 ms up.
  case transient
  /// EC2 does not accept who we are: refresh the credentials, look at the clock, try once at once.
  case credentials
  /// EC2 knows us and does not let us: needs the operator.
  case permission
  /// An instance or interface of ours is not there: read the identity anew.
  case identity
  /// EC2 refuses what the configuration makes us ask for: needs the operator.
  case configuration

  /// Sorts a failure by EC2's code, else by the HTTP status.
  ///
  /// A code that is not known: 5xx are `transient`, 429 is `throttled`, 401 `credentials`, 403 `permission`,
  /// other 3xx and 4xx `configuration`: sent again as it is, the call would be refused again. An answer without a
  /// code is not EC2's own (a proxy's, a captive portal's) or can't be read: `transient` whatever its status.
  /// Source: AWS SDKs and Tools Reference, "Retry behavior"; EC2 API Reference, "Error codes".
  public init(errorCode: String?, httpStatus: Int?) {
    guard let errorCode, !errorCode.isEmpty else {
      self = httpStatus == 429 ? .throttled : .transient
      return
    }
    self = Self.known(errorCode) ?? Self.unknown(httpStatus: httpStatus)
  }

  private static func known(_ code: String) -> FailureClass? {
    if throttlingPrefixes.contains(where: { code.hasPrefix($0) }) { return .throttled }
    return classOfCode[code]
  }

  private static func unknown(httpStatus: Int?) -> FailureClass {
    switch httpStatus {
    case 429: .throttled
    case 401: .credentials
    case 403: .permission
    case .some(300..<500): .configuration
    default: .transient
    }
  }
}

private let throttlingPrefixes = ["Throttling", "TooManyRequests", "RequestThrottled"]

private let classOfCode: [String: FailureClass] = [
  "RequestLimitExceeded": .throttled,
  "EC2ThrottledException": .throttled,
  "SlowDown": .throttled,
  "BandwidthLimitExceeded": .throttled,

  "RequestTimeout": .transient,
  "InternalError": .transient,
  "InternalFailure": .transient,
  "Unavailable": .transient,
  "ServiceUnavailable": .transient,

  "ExpiredToken": .credentials,
  "RequestExpired": .credentials,
  "RequestTimeTooSkewed": .credentials,
  "AuthFailure": .credentials,
  "InvalidClientTokenId": .credentials,
  "SignatureDoesNotMatch": .credentials,
  "MissingAuthenticationToken": .credentials,

  "UnauthorizedOperation": .permission,
  "OptInRequired": .permission,
  "Blocked": .permission,

  "InvalidNetworkInterfaceID.NotFound": .identity,
  "InvalidInstanceID.NotFound": .identity,

  "InvalidParameterValue": .configuration,
  "InvalidParameterCombination": .configuration,
  "PrivateIpAddressLimitExceeded": .configuration,
]
