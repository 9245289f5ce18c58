/// What a signature holds for, and the service's ways of signing.
public struct SigningScope: Sendable, Equatable {
  /// The Region, as in `eu-central-1`.
  public var region: String
  /// The service's signing name, as in `ec2`.
  public var service: String
  /// Whether `.`, `..` and empty path segments are resolved before signing: all services but S3.
  public var normalizePath: Bool
  /// Whether the body's hash is sent and signed as `X-Amz-Content-Sha256`.
  public var signBody: Bool
  /// Whether the session token is sent without being signed.
  public var omitSessionToken: Bool

  /// Names a Region and a service; the switches default to what EC2 wants.
  public init(
    region: String, service: String, normalizePath: Bool = true, signBody: Bool = false,
    omitSessionToken: Bool = false
  ) {
    self.region = region
    self.service = service
    self.normalizePath = normalizePath
    self.signBody = signBody
    self.omitSessionToken = omitSessionToken
  }
}
