/// What vipad's configuration, the environment and the profile say about AWS.
///
/// Nothing is read here: Region and endpoint are pure functions of these values.
public struct AWSSettings: Sendable {
  /// The process's environment.
  public var environment: [String: String]
  /// The profile files' contents.
  public var profiles: ProfileFiles
  /// `aws.profile` of vipad's configuration.
  public var configuredProfile: String?
  /// `aws.region` of vipad's configuration.
  public var configuredRegion: String?
  /// `aws.ec2Endpoint` of vipad's configuration.
  public var configuredEndpoint: String?

  /// Gathers what was found.
  public init(
    environment: [String: String], profiles: ProfileFiles = ProfileFiles(),
    configuredProfile: String? = nil, configuredRegion: String? = nil, configuredEndpoint: String? = nil
  ) {
    self.environment = environment
    self.profiles = profiles
    self.configuredProfile = configuredProfile
    self.configuredRegion = configuredRegion
    self.configuredEndpoint = configuredEndpoint
  }

  // A profile that is named and missing is the credentials' matter; here it says nothing.
  var profile: Profile {
    let name = configuredProfile ?? environment.nonEmpty("AWS_PROFILE") ?? "default"
    return profiles.profile(named: name) ?? .empty(name)
  }

  // A switch is on only where it says `true`, in any case of letters.
  func isOn(_ variable: String, orInProfile key: String) -> Bool {
    (environment.nonEmpty(variable) ?? profile.text(key))?.lowercased() == "true"
  }
}
