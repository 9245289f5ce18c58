import ArgumentParser
import Audit
import Testing

@testable import vipad

struct CommandParsingTests {
  @Test func readsAClaim() throws {
    let command = try parse(
      ClaimCommand.self, "claim", "--wait", "10", "--force", "--group", "inside", "--json")
    #expect(command.wait == 10)
    #expect(command.force)
    #expect(command.group == "inside")
    #expect(command.daemon.json)
  }

  @Test func leavesOutWhatIsNotSaid() throws {
    let command = try parse(ClaimCommand.self, "claim")
    #expect(command.wait == nil && !command.force && command.group == nil && !command.daemon.json)
    #expect(try parse(StandbyCommand.self, "standby").state == .backup)
    let tail = try parse(AuditTailCommand.self, "audit", "tail")
    #expect(tail.n == 10 && !tail.follow && tail.path == nil)
  }

  @Test(arguments: [("90s", 90), ("15m", 900), ("2h", 7200), ("1d", 86400), ("0.5h", 1800), ("45", 45)])
  func readsHowLongAPauseIs(_ text: String, _ seconds: Double) throws {
    #expect(try parse(PauseCommand.self, "pause", "--for", text).duration?.seconds == seconds)
  }

  @Test func readsAuditCommands() throws {
    let hash = String(repeating: "0", count: 64)
    let verify = try parse(
      AuditVerifyCommand.self, "audit", "verify", "a.jsonl", "b.jsonl", "--expect", "7:\(hash)")
    #expect(verify.files == ["a.jsonl", "b.jsonl"])
    #expect(verify.expect?.seq == 7)
    let tail = try parse(AuditTailCommand.self, "audit", "tail", "-f", "-n", "3", "a.jsonl")
    #expect(tail.n == 3 && tail.follow && tail.path == "a.jsonl")
  }

  @Test(arguments: [
    "serve", "claim", "standby", "pause", "resume", "status", "whoami", "audit verify", "audit tail",
  ])
  func takesConfigEverywhere(_ command: String) throws {
    let words = command.split(separator: " ").map(String.init)
    _ = try Vipad.parseAsRoot(words + ["--config", "/x.toml"])
    _ = try Vipad.parseAsRoot(words)
  }

  @Test(arguments: [
    ["claim", "--wait", "61"], ["claim", "--wait", "-1"], ["claim", "--wait", "x"], ["claim", "eth0"],
    ["standby", "--state", "MASTER"], ["audit", "tail", "-n", "-1"],
    ["audit", "verify", "--expect", "7:abc", "f"],
    ["status", "--socket", ""], ["status", "--socket", "vipad.sock"], ["pause", "--for", "soon"],
    ["pause", "--for", "-1m"], ["--nonsense"],
  ])
  func refusesWrongUsage(_ arguments: [String]) {
    #expect {
      try Vipad.parseAsRoot(arguments)
    } throws: { error in
      Vipad.exitCode(for: error) == .validationFailure
    }
  }

  @Test(arguments: ["claim", "standby", "status", "whoami", "audit verify", "audit tail", "serve"])
  func everyOptionSaysItsDefault(_ command: String) throws {
    let help = Vipad.helpMessage(for: try type(of: parseAny(command)), columns: 2000)
    let options = help.split(separator: "\n").filter { $0.hasPrefix("  -") || $0.hasPrefix("  <") }
    for option in options where !option.contains("--help") && !option.contains("--version") {
      #expect(option.lowercased().contains("default:"), "\(option)")
    }
    #expect(options.count >= 3)
  }

  private func parseAny(_ command: String) throws -> any ParsableCommand {
    try Vipad.parseAsRoot(command.split(separator: " ").map(String.init))
  }

  private func parse<Command>(_ type: Command.Type, _ arguments: String...) throws -> Command {
    try #require(try Vipad.parseAsRoot(arguments) as? Command)
  }
}
