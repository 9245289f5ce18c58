/// The two files that AWS's tools keep profiles in, as read.
///
/// Source: AWS SDKs and Tools Reference, "Shared config and credentials files".
public struct ProfileFiles: Sendable {
  /// The files' paths, for messages: the config file, then the credentials file.
  public let paths: [String]
  private let config: ProfileSections?
  private let credentials: ProfileSections?

  /// No files: nothing is configured.
  public init() {
    paths = []
    config = nil
    credentials = nil
  }

  /// Reads the files' texts; nil stands for a file that is not there.
  ///
  /// Throws `ProfileError.syntax` with the file, the line and what is wrong with it.
  public init(
    config: String?, credentials: String?, configPath: String = "~/.aws/config",
    credentialsPath: String = "~/.aws/credentials"
  ) throws(ProfileError) {
    paths = [configPath, credentialsPath]
    self.config = try read(config, configPath)
    self.credentials = try read(credentials, credentialsPath)
  }

  // Nil where no file has the profile.
  func profile(named name: String) -> Profile? {
    let inCredentials = credentials?.options { $0 == name }
    let inConfig =
      config?.options { shellWords($0) == ["profile", name] }
      ?? config?.options { $0 == "default" && name == "default" }
    if inCredentials == nil, inConfig == nil { return nil }
    let services = (inCredentials ?? [:]).text("services") ?? (inConfig ?? [:]).text("services")
    return Profile(
      name: name, credentialsFile: inCredentials ?? [:], configFile: inConfig ?? [:],
      services: services.flatMap { config?.services($0) } ?? [:])
  }
}

private func read(_ text: String?, _ path: String) throws(ProfileError) -> ProfileSections? {
  guard let text else { return nil }
  return try ProfileSections(text, file: path)
}

extension ProfileSections {
  // Of two sections of one name, as `[profile a]` and `[profile "a"]`, the later counts.
  fileprivate func options(_ isWanted: (String) -> Bool) -> Options? {
    sections.last { isWanted($0.name) }?.options
  }

  fileprivate func services(_ name: String) -> Options? {
    options { shellWords($0) == ["services", name] }
  }
}
