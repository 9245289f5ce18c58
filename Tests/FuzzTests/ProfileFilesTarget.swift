@testable import AWS

/// The two profile files, a NUL between them.
func checkProfileFiles(_ input: [UInt8]) throws(Broken) {
  let (config, credentials) = halves(input, at: "\0")
  guard let config = String(validating: config, as: UTF8.self),
    let credentials = String(validating: credentials, as: UTF8.self)
  else { return }
  do throws(ProfileError) {
    let files = try ProfileFiles(
      config: config, credentials: credentials, configPath: "/config", credentialsPath: "/credentials")
    for name in ["default", "a", "a b"] {
      if let profile = files.profile(named: name) { try check(profile) }
    }
  } catch {
    if case .unreadable(_, let reason) = error { throw Broken(reason) }
    try demandOneLine(error.description, "the error")
  }
}

private func check(_ profile: Profile) throws(ProfileError) {
  do throws(Broken) {
    try checkCredentials(of: profile)
  } catch {
    throw .unreadable(file: "", reason: error.description)
  }
}

private func checkCredentials(of profile: Profile) throws(Broken) {
  do throws(CredentialError) {
    let held = try profile.credentials { line throws(CredentialError) in
      _ = shellWords(line)
      throw .process(profile: "", reason: "")
    }
    guard let held else { return }
    try demandSendable(held)
  } catch {
    if case .process(_, let reason) = error, !reason.isEmpty { throw Broken(reason) }
    try demandOneLine(error.description, "the error")
  }
}

/// Keys stand in headers of every request: what a header can't hold must not come so far.
private func demandSendable(_ held: HeldCredentials) throws(CredentialError) {
  do throws(Broken) {
    try demandSendable(held.credentials)
    try demandOneLine(held.source, "the source")
  } catch {
    throw .process(profile: "", reason: error.description)
  }
}
