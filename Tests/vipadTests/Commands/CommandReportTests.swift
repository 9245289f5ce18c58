import Testing

@testable import vipad

/// What the commands print for answers of the daemon's shape (openapi.json).
struct CommandReportTests {
  private static let status = """
    {"version":"0.1.0","startedAt":"2026-11-23T08:00:00.000Z","changedAt":"2026-11-23T08:01:00.000Z",
     "verdict":"holding",
     "groups":[{"group":"default","verdict":"holding","since":"2026-11-23T08:00:59.500Z",
       "vrrp":{"state":"MASTER","since":"2026-11-23T08:01:00.000Z","source":"hook, keepalived not watched"},
       "lastClaim":{"claimId":"c1","cause":"vrrp","outcome":"accepted","acceptedMilliseconds":312.5,
         "confirmedMilliseconds":null,"attempts":[],"previousNetworkInterfaceId":"eni-2"}}],
     "vips":[{"vip":"100.80.33.100","group":"default","held":true,"confirmed":false,"onInterface":null,
       "holder":{"networkInterfaceId":"eni-1","instanceId":"i-1"},"observedAt":"2026-11-23T08:01:00.312Z"}],
     "readiness":{"ready":false,"checks":[{"name":"credentials","ok":false,"detail":"none \\"found\\"",
       "remedy":"give the instance a role","checkedAt":"2026-11-23T08:00:00.000Z"}]},
     "ec2":{"endpoint":"https://ec2.eu-central-1.amazonaws.com","lastSuccessAt":"2026-11-23T08:01:00.312Z",
       "lastError":null,"clockSkewMilliseconds":3},
     "audit":{"ok":true,"seq":12,"headHash":"ab"}}
    """

  @Test func printsStatusAsStableLinesInAPipe() throws {
    #expect(
      StatusReport(try value(Self.status)).text(.plain) == """
        verdict=holding ready=false version=0.1.0 startedAt=2026-11-23T08:00:00.000Z \
        changedAt=2026-11-23T08:01:00.000Z
        group=default verdict=holding vrrp=MASTER since=2026-11-23T08:01:00.000Z \
        source="hook, keepalived not watched" lastClaim=c1 outcome=accepted acceptedMilliseconds=312.5 \
        confirmedMilliseconds=-
        vip=100.80.33.100 group=default held=true confirmed=false onInterface=- networkInterfaceId=eni-1 \
        instanceId=i-1 observedAt=2026-11-23T08:01:00.312Z
        check=credentials ok=false detail="none \\"found\\"" remedy="give the instance a role"
        ec2=https://ec2.eu-central-1.amazonaws.com lastSuccessAt=2026-11-23T08:01:00.312Z \
        clockSkewMilliseconds=3 lastError=-
        auditOk=true seq=12 headHash=ab
        """)
  }

  @Test func printsStatusAsOneScreenOnATerminal() throws {
    let lines = StatusReport(try value(Self.status)).text(.terminal(colour: false)).split(
      separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.first == "HOLDING  since 2026-11-23 08:00:59 UTC")
    #expect(
      lines.contains("100.80.33.100  this router, eni-1, not confirmed yet  2026-11-23 08:01:00 UTC  default")
    )
    #expect(lines.contains("not ready  credentials: none \"found\""))
    #expect(lines.contains("  remedy: give the instance a role"))
    #expect(lines.count < 24)
  }

  @Test func coloursOnlyWhereColourIsWanted() throws {
    let report = StatusReport(try value(Self.status))
    #expect(report.text(.terminal(colour: true)).contains("\u{1B}[32mHOLDING\u{1B}[0m"))
    #expect(!report.text(.terminal(colour: false)).contains("\u{1B}"))
    #expect(!report.text(.plain).contains("\u{1B}"))
  }

  @Test(arguments: [
    "{}", "{\"groups\":null,\"vips\":[{}],\"readiness\":null}", "{\"verdict\":7,\"groups\":\"x\"}",
  ])
  func toleratesWhatIsMissing(_ answer: String) throws {
    let json = try value(answer)
    for style in [Console.Style.plain, .terminal(colour: true)] {
      #expect(!StatusReport(json).text(style).isEmpty)
      #expect(!WhoamiReport(json).text(style).isEmpty)
      #expect(!ClaimReport(json).text(style).isEmpty)
      #expect(!StandbyReport(json).text(style).isEmpty)
    }
  }

  @Test func whoamiSaysWhyAFactIsUnknown() throws {
    let json = try value(
      """
      {"instanceId":"i-1","interfaceName":null,"unavailable":{"interfaceName":"no kernel interface has this MAC"},
       "credentials":{"source":"imds","accessKeyId":"AKIDEXAMPLE","expiration":null}}
      """)
    let plain = WhoamiReport(json).text(.plain).split(separator: "\n")
    #expect(plain.contains("instanceId=i-1"))
    #expect(plain.contains("credentials.accessKeyId=AKIDEXAMPLE"))
    #expect(plain.contains("unavailable.interfaceName=\"no kernel interface has this MAC\""))
    let table = WhoamiReport(json).text(.terminal(colour: false)).split(separator: "\n")
    #expect(table.contains("interfaceName            - (no kernel interface has this MAC)"))
  }

  @Test func showsAProblemAsCauseAndRemedy() {
    let body = """
      {"type":"about:blank","title":"EC2 refused the claim","status":502,
       "detail":"UnauthorizedOperation: You are not authorized","remedy":"allow ec2:AssignPrivateIpAddresses",
       "errorCode":"UnauthorizedOperation","awsRequestId":"r-1",
       "refused":[{"vip":"10.0.1.100","errorCode":"InvalidParameterValue","message":"not in the subnet"}]}
      """
    #expect(
      ProblemReport(DaemonAnswer(status: 502, body: Array(body.utf8))).text == """
        EC2 refused the claim: UnauthorizedOperation: You are not authorized
          remedy: allow ec2:AssignPrivateIpAddresses
          refused 10.0.1.100: InvalidParameterValue: not in the subnet
          awsRequestId: r-1
          errorCode: UnauthorizedOperation
        """)
  }

  @Test func showsARefusalThatIsNoProblem() {
    let text = ProblemReport(DaemonAnswer(status: 400, body: Array("<html>".utf8))).text
    #expect(text == "the daemon answered with status 400 and no reason; see: journalctl -u vipad")
  }

  @Test func printsNothingThatMovesTheCursor() throws {
    let json = try value(
      "{\"verdict\":\"\\u001b[2J\",\"groups\":[{\"group\":\"a\\nb\",\"verdict\":\"\\u202e\"}]}")
    let text = StatusReport(json).text(.plain)
    #expect(!text.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{202E}" })
    #expect(text.split(separator: "\n").count == 2)
  }

  @Test func showsRecordsAsTheyStandInAPipe() {
    let line = Array("{\"seq\":3,\"event\":\"claimOutcome\"}\n".utf8)
    #expect(RecordLines(line, .plain).bytes == line)
  }

  @Test func showsTheMainFactsOfARecordOnATerminal() {
    let line = """
      {"eventVersion":1,"seq":3,"time":"2026-11-23T08:01:00.312Z","event":"claimOutcome","claimId":"c1","group":"default",
      "cause":"vrrp","vips":["10.0.1.100"],"attempts":[{"n":1,"errorCode":null}],"outcome":"accepted",
      "acceptedMilliseconds":312}
      """.filter { $0 != "\n" }
    let shown = String(
      decoding: RecordLines(Array((line + "\nnot JSON\n").utf8), .terminal(colour: false)).bytes,
      as: UTF8.self)
    #expect(
      shown == """
        3  2026-11-23T08:01:00.312Z  claimOutcome  default  vrrp  10.0.1.100  accepted  accepted in 312 ms  c1
        not JSON

        """)
  }

  private func value(_ text: String) throws -> JSONValue {
    try #require(JSONValue(Array(text.utf8)))
  }
}
