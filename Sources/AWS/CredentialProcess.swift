internal import SigV4

// A profile's `credential_process`: a program that prints credentials as JSON. None of its output gets into
// an error.
// Source: AWS SDKs and Tools Reference, "Process credential provider".
struct CredentialProcess {
  let command: String
  let profile: String
  let environment: [String: String]
  let timeoutSeconds: Double

  // Blocks until the program has ended.
  func credentials() throws(CredentialError) -> HeldCredentials {
    do throws(CredentialProcessFailure) {
      guard let words = shellWords(command), !words.isEmpty else {
        throw CredentialProcessFailure("its line has a quote that is not closed, or no word")
      }
      let output = try CredentialProgram(
        words: words, environment: environment, timeoutSeconds: timeoutSeconds
      ).output()
      return try CredentialProcessAnswer(output).held(source: "credential_process of profile \(profile)")
    } catch {
      throw .process(profile: profile, reason: error.reason)
    }
  }
}

struct CredentialProcessFailure: Error {
  let reason: String

  init(_ reason: String) {
    self.reason = reason
  }
}
