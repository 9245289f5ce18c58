public import FoundationEssentials
public import SigV4

/// What the instance's role gives: keys that end at a known time.
public struct RoleCredentials: Sendable, Equatable {
  /// The role's name in IMDS.
  public let roleName: String
  /// The keys and their session token.
  public let credentials: Credentials
  /// When they end.
  public let expiration: Date

  /// Holds the role's answer.
  public init(roleName: String, credentials: Credentials, expiration: Date) {
    self.roleName = roleName
    self.credentials = credentials
    self.expiration = expiration
  }
}

/// Credentials in use, and where they come from.
public struct HeldCredentials: Sendable, Equatable {
  /// The keys.
  public let credentials: Credentials
  /// Where they were found, in words: `environment`, `profile NAME (credentials file)`,
  /// `credential_process of profile NAME`, `container`, `instance role NAME`.
  public let source: String
  /// When they end; nil for keys that don't.
  public let expiration: Date?

  /// The public part of the keys.
  public var accessKeyId: String { credentials.accessKeyId }

  /// Holds found keys.
  public init(credentials: Credentials, source: String, expiration: Date? = nil) {
    self.credentials = credentials
    self.source = source
    self.expiration = expiration
  }
}
