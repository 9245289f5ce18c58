/// A key pair that signs requests, with the session token of temporary credentials.
///
/// Neither the secret key nor the token is printable: descriptions, mirrors and dumps leave them out.
public struct Credentials: Sendable, Equatable {
  /// The public part, `AKIA...` or `ASIA...`; it stands in every signed request.
  public let accessKeyId: String
  /// The secret that signs.
  public let secretAccessKey: String
  /// The token that belongs to temporary credentials.
  public let sessionToken: String?

  /// Holds a key pair as it was found.
  public init(accessKeyId: String, secretAccessKey: String, sessionToken: String? = nil) {
    self.accessKeyId = accessKeyId
    self.secretAccessKey = secretAccessKey
    self.sessionToken = sessionToken
  }
}

extension Credentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The access key id and no secret.
  public var description: String { "credentials \(accessKeyId)" }

  /// The same as `description`.
  public var debugDescription: String { description }

  /// The access key id and no secret.
  public var customMirror: Mirror { Mirror(self, children: ["accessKeyId": accessKeyId]) }
}
