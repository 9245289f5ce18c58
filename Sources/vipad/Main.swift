import ArgumentParser
import Audit
import Glibc

/// The command line of vipad: `serve` is the daemon, everything else asks it or its audit log.
@main
struct Vipad: AsyncParsableCommand {
  /// The version of this vipad, as in `--version`, /whoami and the User-Agent of every EC2 call.
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "vipad",
    abstract: "Keeps a virtual IP in AWS on the router that VRRP made MASTER.",
    discussion: """
      Exit codes: 0 done; 1 the answer is no or the act failed; 2 wrong usage or configuration.
      On a terminal answers are tables, in a pipe key=value lines; --json prints what the daemon answered.
      """,
    version: version,
    subcommands: [
      Serve.self, ClaimCommand.self, StandbyCommand.self, StatusCommand.self, ClaimsCommand.self,
      WhoamiCommand.self,
      CheckCommand.self, PauseCommand.self, ResumeCommand.self, DrillCommand.self, AuditCommand.self,
      IAMPolicyCommand.self,
    ])

  /// Runs the command line and ends the process with its exit code.
  static func main() async {
    do {
      var command = try parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch {
      Glibc.exit(report(error))
    }
  }

  /// Tells the operator what is wrong.
  ///
  /// - Returns: the exit code.
  private static func report(_ error: any Error) -> Int32 {
    switch error {
    case let failure as CommandFailure:
      Console.complain("vipad: \(failure)")
      return failure.code.rawValue
    case let failure as ConfigurationError:
      Console.complain(failure.description)
      return CommandFailure.Code.usage.rawValue
    case let failure as AuditError:
      Console.complain("vipad: \(failure)")
      return CommandFailure.Code.failed.rawValue
    default:
      return reportParsing(error)
    }
  }

  /// What the parser of the command line throws: help and version too.
  private static func reportParsing(_ error: any Error) -> Int32 {
    let message = fullMessage(for: error)
    switch exitCode(for: error) {
    case .success:
      try? Console.say(message)
      return 0
    case .validationFailure:
      Console.complain(message)
      return CommandFailure.Code.usage.rawValue
    default:
      if !message.isEmpty { Console.complain(message) }
      return CommandFailure.Code.failed.rawValue
    }
  }
}
