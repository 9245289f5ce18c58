import FoundationEssentials
import Glibc
import SigV4
import Testing

@testable import AWS

@Suite struct CredentialProcessTests {
  private let files: CredentialFiles

  init() throws {
    files = try CredentialFiles()
  }

  private func run(
    _ command: String, _ environment: [String: String] = [:], timeoutSeconds: Double = 10
  ) throws(CredentialError) -> HeldCredentials {
    try CredentialProcess(
      command: command, profile: "p", environment: files.environment(environment),
      timeoutSeconds: timeoutSeconds
    ).credentials()
  }

  private func failure(_ command: String, timeoutSeconds: Double = 10) -> String {
    let error = #expect(throws: CredentialError.self) { try run(command, timeoutSeconds: timeoutSeconds) }
    return error?.description ?? ""
  }

  private func printing(_ json: String) throws -> String {
    try files.script("cat <<'EOF'\n\(json)\nEOF")
  }

  @Test func takesKeysTokenAndExpiration() throws {
    let held = try run(
      printing(
        """
        {"Version": 1, "AccessKeyId": "A", "SecretAccessKey": "S", "SessionToken": "T",
         "Expiration": "2030-01-02T03:04:05Z", "Other": [1]}
        """))
    #expect(held.credentials.accessKeyId == "A")
    #expect(held.credentials.secretAccessKey == "S")
    #expect(held.credentials.sessionToken == "T")
    #expect(held.expiration == Date(timeIntervalSince1970: 1_893_553_445))
    #expect(held.source == "credential_process of profile p")
  }

  @Test func takesKeysWithoutEnd() throws {
    let held = try run(printing(#"{"Version":1,"AccessKeyId":"A","SecretAccessKey":"S"}"#))
    #expect(held.expiration == nil)
    #expect(held.credentials.sessionToken == nil)
  }

  @Test(arguments: [
    "2030-01-02T03:04:05Z", "2030-01-02T03:04:05.000Z", "2030-01-02T05:04:05+02:00",
    "2030-01-02T03:04:05+00:00",
  ])
  func readsTimesInTheFormsThatAreInUse(_ text: String) {
    #expect(iso8601Date(text) == Date(timeIntervalSince1970: 1_893_553_445))
  }

  @Test func splitsItsLineWithoutAShell() throws {
    let program = try files.script(
      #"printf '{"Version":1,"AccessKeyId":"%s","SecretAccessKey":"%s"}' "$#" "$2""#)
    let held = try run("\(program) 'a b' \"$HOME;`x`\" c\\ d ''")
    #expect(held.credentials.accessKeyId == "4")
    #expect(held.credentials.secretAccessKey == "$HOME;`x`")
  }

  @Test func findsItInPATHAndGivesItTheEnvironment() throws {
    let held = try run(
      #"sh -c 'printf "{\"Version\":1,\"AccessKeyId\":\"$MINE\",\"SecretAccessKey\":\"${AWS_CA_BUNDLE-none}\"}"'"#,
      ["MINE": "from-environment"])
    #expect(held.credentials.accessKeyId == "from-environment")
    #expect(held.credentials.secretAccessKey == "none")
  }

  @Test(arguments: [
    ("{", "not the JSON object"), ("[]", "not the JSON object"), ("", "not the JSON object"),
    (#"{"AccessKeyId":"s3cret","SecretAccessKey":"s3cret"}"#, "not the JSON object"),
    (#"{"Version":2,"AccessKeyId":"s3cret","SecretAccessKey":"s3cret"}"#, "Version 2"),
    (#"{"Version":1,"AccessKeyId":"s3cret"}"#, "lacks SecretAccessKey"),
    (#"{"Version":1,"SecretAccessKey":"s3cret"}"#, "lacks AccessKeyId"),
    (#"{"Version":1,"AccessKeyId":"","SecretAccessKey":"s3cret"}"#, "lacks AccessKeyId"),
    (#"{"Version":1,"AccessKeyId":["s3cret"],"SecretAccessKey":"s3cret"}"#, "not the JSON object"),
    (#"{"Version":1,"AccessKeyId":"A","SecretAccessKey":"S","Expiration":"s3cret"}"#, "Expiration"),
  ])
  func refusesOtherOutputWithoutQuotingIt(_ output: String, _ reason: String) throws {
    let text = failure(try printing(output))
    #expect(text.contains(reason) && text.contains("profile p"), "\(text)")
    #expect(!text.contains("s3cret"))
  }

  @Test func aFailureNamesTheStatusAndNotTheOutput() throws {
    let text = failure(try files.script("echo s3cret; echo s3cret >&2; exit 7"))
    #expect(text.contains("status 7"))
    #expect(!text.contains("s3cret"))
    #expect(failure(try files.script("kill -9 $$")).contains("signal 9"))
  }

  @Test func aProgramThatIsAbsentIsNamed() {
    #expect(failure("/nowhere/x --key s3cret").contains("/nowhere/x can't be run: No such file"))
    #expect(!failure("/nowhere/x --key s3cret").contains("s3cret"))
  }

  @Test(arguments: ["'open", "  "])
  func aLineThatCantBeSplitIsRefused(_ command: String) {
    #expect(failure(command).contains("quote"))
  }

  @Test func aProgramThatTakesTooLongIsKilledWithItsChildren() throws {
    let pidFile = "\(files.directory)/pid"
    let program = try files.script("sleep 60 & echo $! >\(pidFile); wait")
    let start = ContinuousClock.now
    #expect(failure(program, timeoutSeconds: 0.3).contains("not ended within 0.3 s"))
    #expect(ContinuousClock.now - start < .seconds(5))
    let text = try String(contentsOfFile: pidFile, encoding: .utf8)
    let child = try #require(Int32(text.filter { $0.isNumber }))
    #expect(ended(child))
  }

  @Test func aProgramThatClosesItsOutputAndStaysIsKilled() throws {
    let program = try files.script("exec >&-; exec sleep 60")
    #expect(failure(program, timeoutSeconds: 0.3).contains("not ended"))
  }

  @Test func aProgramThatPrintsTooMuchIsKilled() throws {
    let start = ContinuousClock.now
    #expect(failure("yes").contains("over 65536 bytes"))
    #expect(ContinuousClock.now - start < .seconds(5))
  }

  @Test func printsOfAlmostTheLimitAreTaken() throws {
    let padding = String(repeating: " ", count: 65000)
    let held = try run(printing(#"{"Version":1,"AccessKeyId":"A","SecretAccessKey":"S"}"# + padding))
    #expect(held.credentials.accessKeyId == "A")
  }

  @Test func getsNoDescriptorOfOursAndNothingToRead() throws {
    let leaked = unsafe open("/dev/null", O_RDONLY)  // without close-on-exec
    defer { _ = close(leaked) }
    #expect(leaked > 2)
    let program = try files.script(
      """
      test -e /proc/$$/fd/\(leaked) && open=yes || open=no
      read line && read=yes || read=no
      printf '{"Version":1,"AccessKeyId":"%s","SecretAccessKey":"%s"}' "$open" "$read"
      """)
    let held = try run(program)
    #expect(held.credentials.accessKeyId == "no")
    #expect(held.credentials.secretAccessKey == "no")
  }

  // The daemon takes its signals by sigwait(3), with all of them blocked.
  @Test func getsNoBlockedSignal() throws {
    var blocked = sigset_t()
    var before = sigset_t()
    unsafe sigemptyset(&blocked)
    unsafe sigaddset(&blocked, SIGTERM)
    unsafe pthread_sigmask(SIG_BLOCK, &blocked, &before)
    defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
    let program = try files.script(
      """
      blocked=$(sed -n 's/^SigBlk:[^0-9a-f]*//p' /proc/self/status)
      printf '{"Version":1,"AccessKeyId":"%s","SecretAccessKey":"S"}' "$blocked"
      """)
    #expect(try run(program).credentials.accessKeyId == "0000000000000000")
  }

  // A killed child of a killed program is reaped by init, or stays a zombie where there is none.
  private func ended(_ processId: Int32) -> Bool {
    for _ in 0..<500 {
      let state = try? String(contentsOfFile: "/proc/\(processId)/stat", encoding: .utf8)
      guard let state, !state.contains(") Z ") else { return true }
      _ = poll(nil, 0, 10)
    }
    return false
  }
}
