import Testing

@testable import vipad

/// What the command line says of each verdict on the pair: on a terminal, in a pipe, and to Nagios.
struct StatusPairTests {
  @Test(
    arguments: zip(
      PairVerdict.allCases,
      [
        ("31", StatusProbe.Severity.critical), ("31", .critical), ("31", .critical), ("31", .critical),
        ("33", .warning), ("33", .warning), ("32", .ok),
      ] as [(String, StatusProbe.Severity)]))
  func eachVerdict(_ verdict: PairVerdict, _ expected: (colour: String, severity: StatusProbe.Severity))
    throws
  {
    let answer = DaemonAnswer(status: 200, body: Array(status("\"\(verdict.rawValue)\"").utf8))
    let value = try #require(answer.value)
    let screen = StatusReport(value).text(.terminal(colour: true)).split(separator: "\n")
    let word = verdict.rawValue.uppercased()
    #expect(screen[0] == "\u{1B}[\(expected.colour)m\(word)\u{1B}[0m  since 2026-11-26 03:00:00 UTC")
    #expect(screen[1] == "what both say")
    let plain = StatusReport(value).text(.plain)
    #expect(plain.contains("\npair=\(verdict.rawValue) since=2026-11-26T03:00:00.000Z "))
    #expect(plain.contains(" reachable=true detail=\"what both say\""))
    let probe = StatusProbe(answer)
    #expect(probe.severity == expected.severity)
    #expect(probe.line.hasPrefix("VIPAD \(expected.severity.word): pair \(verdict.rawValue): what both say"))
  }

  @Test func beforeTheFirstReadNothingIsClaimed() throws {
    let answer = DaemonAnswer(status: 200, body: Array(status("null").utf8))
    let value = try #require(answer.value)
    #expect(StatusReport(value).text(.terminal(colour: false)).hasPrefix("NOT KNOWN YET  since "))
    #expect(StatusProbe(answer).severity == .unknown)
  }

  @Test func withoutAPeerTheGroupsOwnTimeIsTold() throws {
    let text = """
      {"verdict": "lost", "changedAt": "2026-11-26T09:00:00.000Z", "groups": [
        {"group": "a", "verdict": "holding", "since": "2026-11-26T01:00:00.000Z"},
        {"group": "b", "verdict": "lost", "since": "2026-11-26T02:00:00.000Z"}]}
      """
    let value = try #require(JSONValue(Array(text.utf8)))
    #expect(
      StatusReport(value).text(.terminal(colour: false)).hasPrefix("LOST  since 2026-11-26 02:00:00 UTC\n"))
  }

  private func status(_ verdict: String) -> String {
    """
    {"verdict": "standby", "groups": [], "vips": [], "readiness": {"ready": true, "checks": []},
      "audit": {"ok": true, "seq": 1}, "pair": {"verdict": \(verdict), "detail": "what both say",
      "since": "2026-11-26T03:00:00.000Z", "peer": {"url": "https://b", "reachable": true}}}
    """
  }
}
