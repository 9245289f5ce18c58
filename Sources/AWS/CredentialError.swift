/// Why there are no credentials; never holds a secret or a program's output.
public enum CredentialError: Error, Sendable, Equatable, CustomStringConvertible {
  /// One of two keys is set without the other; the source is `environment` or a file's profile.
  case halfPair(source: String, present: String, missing: String)
  /// A key or token has a character that no header can hold.
  case notPlain(source: String)
  /// The chosen profile is in none of the files.
  case noSuchProfile(String, files: [String])
  /// The profile gets its credentials in a way vipad does not know.
  case unsupported(profile: String, key: String)
  /// The environment asks for credentials in a way vipad does not know.
  case unsupportedVariable(String)
  /// The container's service, which a variable of the environment names, gives no credentials.
  case container(variable: String, reason: String)
  /// A profile file can't be read or understood.
  case profileFile(ProfileError)
  /// The profile's program failed.
  case process(profile: String, reason: String)
  /// No source has any; what was tried and came of it, in order.
  case none(tried: [String])
  /// The caller's Task was cancelled while it waited.
  case cancelled

  /// One line for the operator: the cause and the remedy.
  public var description: String {
    switch self {
    case .halfPair(let source, let present, let missing):
      "credentials of \(source): \(present) is set without \(missing); set both or neither"
    case .notPlain(let source):
      "credentials of \(source): a key has a blank, or a character that is not ASCII; copy it anew"
    case .noSuchProfile(let name, let files):
      "profile \(name) is in neither of \(files.joined(separator: ", ")); add it there, "
        + "or name another in aws.profile or AWS_PROFILE"
    case .unsupported(let profile, let key):
      "profile \(profile) uses \(key), which vipad does not know; give it credential_process = "
        + "aws configure export-credentials --profile \(profile) --format process, in another profile"
    case .unsupportedVariable(let name):
      "\(name) asks for a web identity, which vipad does not know; unset it and give the instance or the container a "
        + "role, or a profile credential_process = aws configure export-credentials --format process"
    case .container(let variable, let reason):
      "credentials of the container: what \(variable) names \(reason); correct it, or unset it to use another source"
    case .profileFile(let error):
      "no credentials: \(error)"
    case .process(let profile, let reason):
      "credential_process of profile \(profile): \(reason); run it by hand as the daemon's user"
    case .none(let tried):
      "no credentials: \(tried.joined(separator: "; ")); give the instance a role, "
        + "or set keys in the environment or a profile"
    case .cancelled:
      "nobody waits for the credentials any more"
    }
  }
}
