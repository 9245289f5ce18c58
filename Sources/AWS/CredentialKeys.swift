internal import SigV4

// The environment's pair of keys; nil where neither is set.
func environmentCredentials(_ environment: [String: String]) throws(CredentialError) -> HeldCredentials? {
  let credentials = try pair(
    id: ("AWS_ACCESS_KEY_ID", environment.nonEmpty("AWS_ACCESS_KEY_ID")),
    secret: ("AWS_SECRET_ACCESS_KEY", environment.nonEmpty("AWS_SECRET_ACCESS_KEY")),
    token: environment.nonEmpty("AWS_SESSION_TOKEN"), source: "environment")
  return credentials.map { HeldCredentials(credentials: $0, source: "environment") }
}

extension Profile {
  // Botocore's order: the credentials file's keys, the program, the config file's keys. `run` runs a program.
  func credentials(
    running run: (String) throws(CredentialError) -> HeldCredentials
  ) throws(CredentialError) -> HeldCredentials? {
    if let key = unsupportedKeys.first(where: { text($0) != nil }) {
      throw .unsupported(profile: name, key: key)
    }
    if let held = try keys(in: credentialsFile, "credentials file") { return held }
    if let command = text("credential_process") { return try run(command) }
    return try keys(in: configFile, "config file")
  }

  private func keys(
    in options: ProfileSections.Options, _ file: String
  ) throws(CredentialError) -> HeldCredentials? {
    let source = "profile \(name) (\(file))"
    let credentials = try pair(
      id: ("aws_access_key_id", options.text("aws_access_key_id")),
      secret: ("aws_secret_access_key", options.text("aws_secret_access_key")),
      token: options.text("aws_session_token") ?? options.text("aws_security_token"), source: source)
    return credentials.map { HeldCredentials(credentials: $0, source: source) }
  }
}

// With one of these AWS's tools would ask another service first; falling through to other keys would act as
// somebody the operator did not name.
private let unsupportedKeys = [
  "role_arn", "web_identity_token_file", "sso_session", "sso_account_id", "login_session",
]

private func pair(
  id: (name: String, value: String?), secret: (name: String, value: String?), token: String?, source: String
) throws(CredentialError) -> Credentials? {
  switch (id.value, secret.value) {
  case (nil, nil): return nil
  case (.some, nil): throw .halfPair(source: source, present: id.name, missing: secret.name)
  case (nil, .some): throw .halfPair(source: source, present: secret.name, missing: id.name)
  case (.some(let id), .some(let secret)):
    let credentials = Credentials(accessKeyId: id, secretAccessKey: secret, sessionToken: token)
    guard credentials.fitInHeaders else { throw .notPlain(source: source) }
    return credentials
  }
}

extension Credentials {
  // Visible ASCII alone, as AWS's keys are: two of the three stand in headers of every request.
  var fitInHeaders: Bool {
    let texts = [accessKeyId, secretAccessKey] + (sessionToken.map { [$0] } ?? [])
    return texts.allSatisfy { text in !text.isEmpty && text.utf8.allSatisfy { (0x21...0x7e).contains($0) } }
  }
}
