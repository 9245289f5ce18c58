import ArgumentParser
import Glibc

/// `vipad status`: the whole picture.
struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show who is MASTER, where the VIPs are, and whether a failover would work.",
    discussion: """
      On a terminal one screen; in a pipe key=value lines; with --json the daemon's own answer. --probe is a check for \
      Nagios and Icinga: one line with performance data; exit code 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.
      """)

  @OptionGroup var daemon: DaemonOptions

  @Flag(help: "Show it anew every second, in place, until interrupted. Default: once.")
  var watch = false

  @Flag(help: "Answer as a check of Nagios or Icinga does. Default: tell people.")
  var probe = false

  func validate() throws {
    guard [watch, probe, daemon.json].count(where: \.self) < 2 else {
      throw ValidationError("--json, --watch and --probe exclude each other.")
    }
  }

  func run() async throws {
    if probe { return await runProbe() }
    if watch { return try await StatusWatch(connection: try daemon.connection()).run() }
    let answer = try await ask()
    try daemon.show(answer) { StatusReport($0).text($1) }
  }

  private func ask() async throws -> DaemonAnswer {
    try await daemon.connection().send("GET", "/status")
  }

  /// Says one line and ends the process by the plugin's own exit codes.
  private func runProbe() async {
    let result: StatusProbe
    do {
      result = StatusProbe(try await ask())
    } catch {
      result = StatusProbe(failure: "\(error)", isOurs: !daemon.mayAsk)
    }
    try? Console.say(result.line)
    Glibc.exit(result.severity.rawValue)
  }
}

extension DaemonOptions {
  /// False where this user may not open the socket, so that nothing can be said of the daemon.
  fileprivate var mayAsk: Bool {
    guard let socket = try? connection().socket else { return false }
    return unsafe access(socket, W_OK) == 0 || errno != EACCES
  }
}
