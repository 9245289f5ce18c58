internal import Dispatch
internal import SigV4

/// Where credentials are looked for, in order: environment, profile, container, instance role.
public struct CredentialSources: Sendable {
  private let environment: [String: String]
  private let configuredProfile: String?
  private let transport: (any Transport)?
  private let role: (@Sendable () async throws -> RoleCredentials)?
  private let processTimeoutSeconds: Double
  // Files and programs may block for long: never on the threads Tasks run on.
  private let blocking = DispatchQueue(label: "vipad.credentials")

  /// Names the sources; nothing is looked up here.
  ///
  /// `profile` is the one in vipad's configuration: with it the environment's keys are passed over, as the
  /// AWS tools do for `--profile`; left out, it is `AWS_PROFILE`, else `default`. `role` asks IMDS; nil where
  /// there is none. `transport` asks the container's service, and needs `allowsLinkLocal`. A
  /// `credential_process` that takes over `processTimeoutSeconds` is killed.
  public init(
    environment: [String: String], profile: String? = nil, processTimeoutSeconds: Double = 10,
    transport: (any Transport)? = nil, role: (@Sendable () async throws -> RoleCredentials)?
  ) {
    self.environment = environment
    self.configuredProfile = profile
    self.processTimeoutSeconds = processTimeoutSeconds
    self.transport = transport
    self.role = environment["AWS_EC2_METADATA_DISABLED"]?.lowercased() == "true" ? nil : role
  }

  // The first source that has credentials; one that is set up wrongly ends the search.
  func find() async throws(CredentialError) -> HeldCredentials {
    if configuredProfile == nil {
      if let held = try environmentCredentials(environment) { return held }
      let webIdentity = "AWS_WEB_IDENTITY_TOKEN_FILE"
      if environment.nonEmpty(webIdentity) != nil { throw .unsupportedVariable(webIdentity) }
    }
    if let held = try await offTasks({ [self] in Result { () throws(CredentialError) in try inProfile() } }) {
      return held
    }
    if let container = CredentialContainer(environment) { return try await credentials(of: container) }
    return try await fromRole()
  }

  private func credentials(
    of container: CredentialContainer
  ) async throws(CredentialError) -> HeldCredentials {
    guard let transport else { throw container.failure("can't be asked here") }
    let request = try await offTasks { Result { () throws(CredentialError) in try container.request() } }
    let answer: TransportResponse
    do { answer = try await transport.send(request) } catch { throw container.failure("fails: \(error)") }
    return try container.credentials(in: answer)
  }

  private var profileName: String {
    configuredProfile ?? environment.nonEmpty("AWS_PROFILE") ?? "default"
  }

  private var isProfileNamed: Bool {
    configuredProfile != nil || environment.nonEmpty("AWS_PROFILE") != nil
  }

  // Read anew each time: keys in a file may be changed while the daemon runs.
  private func inProfile() throws(CredentialError) -> HeldCredentials? {
    let files: ProfileFiles
    do { files = try ProfileFiles(environment: environment) } catch { throw .profileFile(error) }
    guard let profile = files.profile(named: profileName) else {
      if isProfileNamed { throw .noSuchProfile(profileName, files: files.paths) }
      return nil
    }
    return try profile.credentials { command throws(CredentialError) in
      try CredentialProcess(
        command: command, profile: profile.name, environment: environment,
        timeoutSeconds: processTimeoutSeconds
      ).credentials()
    }
  }

  private func fromRole() async throws(CredentialError) -> HeldCredentials {
    var tried = configuredProfile == nil ? ["environment: AWS_ACCESS_KEY_ID is not set"] : []
    tried.append("profile \(profileName): no keys")
    guard let role else { throw .none(tried: tried + ["instance role: IMDS is not used"]) }
    do {
      let found = try await role()
      return HeldCredentials(
        credentials: found.credentials, source: "instance role \(found.roleName)",
        expiration: found.expiration)
    } catch {
      throw .none(tried: tried + ["instance role: \(error)"])
    }
  }

  private func offTasks<Value: Sendable>(
    _ work: @escaping @Sendable () -> Result<Value, CredentialError>
  ) async throws(CredentialError) -> Value {
    let result = await withCheckedContinuation { continuation in
      blocking.async { continuation.resume(returning: work()) }
    }
    return try result.get()
  }
}
