import ArgumentParser

/// `vipad standby`: stop claiming a group's VIPs.
struct StandbyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "standby",
    abstract: "Say that this router is not MASTER of a group: what is under way is cancelled.",
    discussion: "The VIPs stay where they are until another router claims them.")

  /// What VRRP can be in besides MASTER.
  enum State: String, CaseIterable, ExpressibleByArgument {
    case backup = "BACKUP"
    case fault = "FAULT"
    case stop = "STOP"
  }

  @OptionGroup var daemon: DaemonOptions

  @Option(help: ArgumentHelp("The group. Default: the only one.", valueName: "name"))
  var group: String?

  @Option(help: ArgumentHelp("BACKUP, FAULT or STOP.", valueName: "state"))
  var state = State.backup

  func run() async throws {
    let request = Request(group: group, state: state.rawValue, cause: "operator")
    let answer = try await daemon.connection().post("/standby", request)
    try daemon.show(answer) { StandbyReport($0).text($1) }
  }

  /// The body of POST /standby.
  struct Request: Encodable, Equatable {
    var group: String?
    var state: String
    var cause: String
  }
}
