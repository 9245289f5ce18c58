import FoundationEssentials
import SigV4
import Synchronization
import Testing

@testable import AWS

@Suite struct CredentialSourcesTests {
  private let files: CredentialFiles

  init() throws {
    files = try CredentialFiles()
  }

  private func found(
    _ environment: [String: String] = [:], profile: String? = nil,
    role: (@Sendable () async throws -> RoleCredentials)? = nil
  ) async throws(CredentialError) -> HeldCredentials {
    try await CredentialSources(
      environment: files.environment(environment), profile: profile, role: role
    ).find()
  }

  @Test func takesTheEnvironmentFirst() async throws {
    try files.write("credentials", "[default]\naws_access_key_id = P\naws_secret_access_key = PS")
    let held = try await found([
      "AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "S", "AWS_SESSION_TOKEN": "T",
    ])
    #expect(
      held
        == HeldCredentials(
          credentials: Credentials(accessKeyId: "A", secretAccessKey: "S", sessionToken: "T"),
          source: "environment"))
  }

  @Test func takesTheCredentialsFileBeforeTheProgramBeforeTheConfigFile() async throws {
    let program = try files.script("echo '{\"Version\":1,\"AccessKeyId\":\"P\",\"SecretAccessKey\":\"PS\"}'")
    let keys = "aws_access_key_id = C\naws_secret_access_key = CS\n"
    try files.write("config", "[default]\n\(keys)")
    #expect(try await found().source == "profile default (config file)")
    try files.write("config", "[default]\n\(keys)credential_process = \(program)")
    #expect(try await found().source == "credential_process of profile default")
    #expect(try await found().credentials.accessKeyId == "P")
    try files.write("credentials", "[default]\naws_access_key_id = F\naws_secret_access_key = FS")
    #expect(try await found().source == "profile default (credentials file)")
    #expect(try await found().credentials.accessKeyId == "F")
  }

  @Test func takesTheNamedProfile() async throws {
    try files.write("config", "[profile b]\naws_access_key_id = B\naws_secret_access_key = BS")
    try files.write(
      "credentials", "[a]\naws_access_key_id = A\naws_secret_access_key = AS\naws_session_token = AT")
    #expect(try await found(["AWS_PROFILE": "a"]).credentials.sessionToken == "AT")
    #expect(try await found(["AWS_PROFILE": "b"]).source == "profile b (config file)")
    #expect(try await found(["AWS_PROFILE": "a"], profile: "b").source == "profile b (config file)")
  }

  @Test func aProfileInTheConfigurationGoesBeforeTheEnvironmentsKeys() async throws {
    try files.write("credentials", "[a]\naws_access_key_id = A\naws_secret_access_key = AS")
    let environment = ["AWS_ACCESS_KEY_ID": "E", "AWS_SECRET_ACCESS_KEY": "ES"]
    #expect(try await found(environment, profile: "a").credentials.accessKeyId == "A")
  }

  @Test func asksForTheRoleLast() async throws {
    let end = Date(timeIntervalSince1970: 2_000_000_000)
    let role = RoleCredentials(
      roleName: "router", credentials: Credentials(accessKeyId: "R", secretAccessKey: "RS"), expiration: end)
    let held = try await found(role: { role })
    #expect(held.source == "instance role router")
    #expect(held.expiration == end)
    #expect(held.credentials.accessKeyId == "R")
  }

  @Test func asksTheContainersServiceBeforeTheInstanceMetadata() async throws {
    let service = ContainerService()
    let file = files.directory + "/token"
    try files.write("token", "first\n")
    let sources = CredentialSources(
      environment: files.environment([
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/x",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": file,
      ]), transport: service, role: { throw CredentialError.cancelled })
    let held = try await sources.find()
    #expect(held.source == "container" && held.accessKeyId == "ASIACONTAINER")
    #expect(held.expiration == Date(timeIntervalSince1970: 1_800_000_000))
    try files.write("token", "second\n")
    _ = try await sources.find()
    #expect(
      service.asked == [
        "http://169.254.170.2/v2/credentials/x Authorization: first",
        "http://169.254.170.2/v2/credentials/x Authorization: second",
      ])
  }

  @Test(arguments: [
    ("http://127.0.0.1:8080/x", true), ("http://169.254.170.23/v1/credentials", true),
    ("https://elsewhere.example/x", true), ("http://elsewhere.example/x", false),
    ("http://169.254.169.254/x", false), ("http://169.254.170.2@elsewhere.example/x", false), ("x", false),
  ])
  func aContainersAddressIsHttpsOrOfThisMachine(_ url: String, isAsked: Bool) async throws {
    let service = ContainerService()
    let environment = [
      "AWS_CONTAINER_CREDENTIALS_FULL_URI": url, "AWS_CONTAINER_AUTHORIZATION_TOKEN": "token",
    ]
    let sources = CredentialSources(
      environment: files.environment(environment), transport: service,
      role: { throw CredentialError.cancelled })
    let held = try? await sources.find()
    #expect((held != nil) == isAsked)
    #expect(service.asked == (isAsked ? ["\(url) Authorization: token"] : []))
  }

  @Test func aContainersServiceThatRefusesIsAnErrorAndNoReasonToActAsTheInstance() async throws {
    let service = ContainerService(status: 400)
    let sources = CredentialSources(
      environment: files.environment(["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/x"]), transport: service,
      role: { throw CredentialError.cancelled })
    let error = await #expect(throws: CredentialError.self) { try await sources.find() }
    #expect(error?.description.contains("RELATIVE_URI names answers HTTP 400") == true)
  }

  @Test func aWebIdentityIsSaidNotToBeSupported() async throws {
    try files.write("credentials", "[default]\naws_access_key_id = P\naws_secret_access_key = PS")
    let error = await #expect(throws: CredentialError.self) {
      try await found(["AWS_WEB_IDENTITY_TOKEN_FILE": "/var/run/token", "AWS_ROLE_ARN": "arn:x"])
    }
    #expect(error?.description.contains("AWS_WEB_IDENTITY_TOKEN_FILE") == true)
  }

  @Test func doesNotAskForTheRoleWhereIMDSIsTurnedOff() async throws {
    await #expect(throws: CredentialError.self) {
      try await found(["AWS_EC2_METADATA_DISABLED": "True"]) {
        Issue.record("IMDS was asked")
        throw CredentialError.cancelled
      }
    }
  }

  @Test(arguments: [
    ["AWS_ACCESS_KEY_ID": "A"], ["AWS_SECRET_ACCESS_KEY": "s3cret"],
    ["AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": ""],
  ])
  func halfAPairInTheEnvironmentIsAnError(_ environment: [String: String]) async throws {
    try files.write("credentials", "[default]\naws_access_key_id = P\naws_secret_access_key = PS")
    let error = await #expect(throws: CredentialError.self) { try await found(environment) }
    let text = try #require(error?.description)
    #expect(
      text.contains("environment") && text.contains("AWS_ACCESS_KEY_ID") && text.contains("AWS_SECRET_"))
    #expect(!text.contains("s3cret"))
  }

  @Test(arguments: ["credentials", "config"])
  func halfAPairInAProfileIsAnError(_ file: String) async throws {
    for half in ["aws_access_key_id = A", "aws_secret_access_key = s3cret"] {
      try files.write(file, "[default]\n\(half)")
      let error = await #expect(throws: CredentialError.self) { try await found() }
      #expect(error?.description.contains("profile default (\(file) file)") == true)
      #expect(error?.description.contains("s3cret") == false)
    }
  }

  @Test func aNamedProfileThatIsAbsentIsAnError() async throws {
    let error = await #expect(throws: CredentialError.self) { try await found(["AWS_PROFILE": "gone"]) }
    #expect(
      error == .noSuchProfile("gone", files: ["\(files.directory)/config", "\(files.directory)/credentials"]))
  }

  @Test(arguments: ["role_arn", "sso_session", "sso_account_id", "web_identity_token_file", "login_session"])
  func aProfileThatNeedsAnotherServiceIsAnError(_ key: String) async throws {
    try files.write("config", "[default]\n\(key) = x\naws_access_key_id = A\naws_secret_access_key = S")
    let error = await #expect(throws: CredentialError.self) { try await found() }
    #expect(error == .unsupported(profile: "default", key: key))
  }

  @Test func aProfileFileThatIsWrongIsAnError() async throws {
    try files.write("config", "nonsense")
    let error = await #expect(throws: CredentialError.self) { try await found() }
    #expect(error?.description.contains("\(files.directory)/config, line 1") == true)
  }

  @Test func namesAllItTriedWhereNothingIsFound() async throws {
    struct Refused: Error, CustomStringConvertible { let description = "IMDS said 403" }
    let error = await #expect(throws: CredentialError.self) { try await found { throw Refused() } }
    let text = try #require(error?.description)
    for part in ["environment", "AWS_ACCESS_KEY_ID", "profile default", "instance role: IMDS said 403"] {
      #expect(text.contains(part))
    }
    #expect(!text.contains("\n"))
  }

  @Test func readsTheFilesAnewEachTime() async throws {
    try files.write("credentials", "[default]\naws_access_key_id = old\naws_secret_access_key = S")
    let sources = CredentialSources(environment: files.environment(), role: nil)
    #expect(try await sources.find().credentials.accessKeyId == "old")
    try files.write("credentials", "[default]\naws_access_key_id = new\naws_secret_access_key = S")
    #expect(try await sources.find().credentials.accessKeyId == "new")
  }
}

// A container's service; what it was asked, with the header that lets it answer.
private final class ContainerService: Transport {
  private let status: Int
  private let requests = Mutex<[String]>([])

  init(status: Int = 200) { self.status = status }

  var asked: [String] { requests.withLock { $0 } }

  func send(_ request: TransportRequest) async throws(TransportError) -> TransportResponse {
    let headers = request.headers.map { " \($0.name): \($0.value)" }.joined()
    requests.withLock { $0.append(request.url + headers) }
    let body = """
      {"RoleArn": "arn:x", "AccessKeyId": "ASIACONTAINER", "SecretAccessKey": "S", "Token": "T", \
      "Expiration": "2027-01-15T08:00:00Z"}
      """
    return TransportResponse(
      status: status, body: Array(body.utf8), sentAt: Date(), receivedAt: Date(), milliseconds: 1)
  }
}
