internal import FoundationEssentials
internal import SigV4

// What a `credential_process` prints, version 1.
struct CredentialProcessAnswer {
  private let answer: Answer
  private let expiration: Date?

  private struct Answer: Decodable {
    let Version: Int
    let AccessKeyId: String?
    let SecretAccessKey: String?
    let SessionToken: String?
    let Expiration: String?
  }

  init(_ output: [UInt8]) throws(CredentialProcessFailure) {
    // The decoder's own error may quote the output.
    guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(output)) else {
      throw CredentialProcessFailure("its output is not the JSON object that is asked for")
    }
    guard answer.Version == 1 else {
      throw CredentialProcessFailure("its output is of Version \(answer.Version), and only 1 is known")
    }
    expiration = answer.Expiration.flatMap(iso8601Date)
    if answer.Expiration != nil, expiration == nil {
      throw CredentialProcessFailure("its Expiration is no ISO 8601 time")
    }
    self.answer = answer
  }

  func held(source: String) throws(CredentialProcessFailure) -> HeldCredentials {
    guard let id = answer.AccessKeyId, !id.isEmpty else {
      throw CredentialProcessFailure(lacks("AccessKeyId"))
    }
    guard let secret = answer.SecretAccessKey, !secret.isEmpty else {
      throw CredentialProcessFailure(lacks("SecretAccessKey"))
    }
    let credentials = Credentials(
      accessKeyId: id, secretAccessKey: secret, sessionToken: answer.SessionToken)
    guard credentials.fitInHeaders else {
      throw CredentialProcessFailure("one of its keys has a blank, or a character that is not ASCII")
    }
    return HeldCredentials(credentials: credentials, source: source, expiration: expiration)
  }

  private func lacks(_ key: String) -> String { "its output lacks \(key)" }
}

// With or without fractions of a second, in UTC or with an offset.
func iso8601Date(_ text: String) -> Date? {
  (try? Date(text, strategy: .iso8601))
    ?? (try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
}
