import SigV4
import Testing

@testable import AWS

@Suite struct CredentialBotocoreTests {
  private struct Found: Decodable, Equatable {
    let method: String
    var accessKeyId: String?
    var secretAccessKey: String?
    var sessionToken: String?
  }

  private struct Case {
    var environment: [String: String] = [:]
    var config = ""
    var credentials = ""
  }

  // Needs Python with botocore (pip): the same files and variables, looked up by an AWS session.
  @Test(.enabled(if: ProfileBotocore.isPresent, "python3 can't import botocore"))
  func findsWhatBotocoreFinds() async throws {
    let program = try CredentialFiles()
    let cases = try Self.cases(program: program)
    let directories = try cases.map { try Self.files(of: $0) }
    let environments = zip(directories, cases).map { $0.environment($1.environment) }
    let expected: [Found] = try ProfileBotocore.ask("credentials", environments)
    for (number, environment) in environments.enumerated() {
      #expect(await found(in: environment) == expected[number], "case \(number): \(cases[number])")
    }
    #expect(Set(expected.map(\.method)).count == 6, "every source, none and an error")
  }

  private func found(in environment: [String: String]) async -> Found {
    do {
      let held = try await CredentialSources(environment: environment, role: nil).find()
      return Found(
        method: method(held.source), accessKeyId: held.credentials.accessKeyId,
        secretAccessKey: held.credentials.secretAccessKey, sessionToken: held.credentials.sessionToken)
    } catch CredentialError.none {
      return Found(method: "none")
    } catch {
      return Found(method: "error")
    }
  }

  private func method(_ source: String) -> String {
    switch source {
    case "environment": "env"
    case _ where source.hasPrefix("credential_process"): "custom-process"
    case _ where source.hasSuffix("(credentials file)"): "shared-credentials-file"
    default: "config-file"
    }
  }

  private static func files(of test: Case) throws -> CredentialFiles {
    let files = try CredentialFiles()
    try files.write("config", test.config)
    try files.write("credentials", test.credentials)
    return files
  }

  private static func cases(program files: CredentialFiles) throws -> [Case] {
    let program = try files.script(
      #"printf '{"Version":1,"AccessKeyId":"%s","SecretAccessKey":"S%s"}' "$1" "$#""#)
    let failing = try files.script("exit 1")
    let environment = ["AWS_ACCESS_KEY_ID": "E", "AWS_SECRET_ACCESS_KEY": "ES"]
    func keys(_ name: String) -> String { "aws_access_key_id = \(name)\naws_secret_access_key = \(name)S\n" }
    let both = "[default]\n\(keys("D"))[a]\n\(keys("A"))aws_session_token = AT\n"
    return [
      Case(), Case(environment: environment), Case(environment: environment, credentials: both),
      Case(environment: environment.merging(["AWS_SESSION_TOKEN": "ET"]) { $1 }),
      Case(environment: ["AWS_ACCESS_KEY_ID": "E"]),
      Case(environment: ["AWS_ACCESS_KEY_ID": ""], credentials: both),
      Case(credentials: both), Case(environment: ["AWS_PROFILE": "a"], credentials: both),
      Case(environment: ["AWS_PROFILE": "gone"], credentials: both), Case(config: "[default]\n\(keys("C"))"),
      Case(config: "[default]\n\(keys("C"))", credentials: both),
      Case(config: "[default]\n\(keys("C"))credential_process = \(program) P"),
      Case(config: "[default]\ncredential_process = \(program) P", credentials: both),
      Case(config: "[default]\ncredential_process = \(program) 'two-words' \"b\" c\\ d"),
      Case(credentials: "[default]\ncredential_process = \(program) fromCredentials"),
      Case(config: "[default]\ncredential_process = \(failing)"),
      Case(config: "[default]\ncredential_process = /nowhere/program"),
      Case(environment: ["AWS_PROFILE": "b"], config: "[profile b]\n\(keys("B"))"),
      Case(environment: ["AWS_PROFILE": "b"], config: "[b]\n\(keys("B"))"),
      Case(environment: ["AWS_PROFILE": "x y"], config: "[profile \"x y\"]\n\(keys("X"))"),
      Case(environment: ["AWS_PROFILE": "x y"], config: "[profile x y]\n\(keys("X"))"),
      Case(config: "[default]\nregion = eu-central-1\n"),
      Case(credentials: "[default]\naws_access_key_id = A\n"),
      Case(config: "[default]\naws_access_key_id = A\n"), Case(config: "no section"),
      Case(credentials: "[default]\nx"),
      Case(credentials: "[default]\r\naws_access_key_id=A\r\naws_secret_access_key=S=/+\r\n"),
      Case(credentials: "# c\n\n[default]\naws_access_key_id : A\n; c\naws_secret_access_key = S#s\n"),
      Case(credentials: "[default]\nAWS_ACCESS_KEY_ID = A\nAws_Secret_Access_Key = S\n"),
      Case(
        credentials: "[default]\naws_access_key_id = A\naws_secret_access_key = S\naws_security_token = T\n"),
    ]
  }
}
