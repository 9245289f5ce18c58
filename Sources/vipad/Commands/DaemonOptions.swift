import ArgumentParser
import FoundationEssentials
import SystemPackage

/// What every command that asks the daemon takes.
struct DaemonOptions: ParsableArguments {
  @OptionGroup var file: ConfigurationOption

  @Option(
    help: ArgumentHelp(
      "The daemon's Unix socket. Default: the configuration's, else \(ServerOptions.defaultSocket).",
      valueName: "path"))
  var socket: String?

  @Flag(
    help: "Print the daemon's answer as it is. Default: a table on a terminal, key=value lines in a pipe.")
  var json = false

  func validate() throws {
    guard socket?.hasPrefix("/") ?? true else {
      throw ValidationError("--socket takes an absolute path, as \(ServerOptions.defaultSocket).")
    }
  }

  /// A connection to the daemon; nothing is sent yet.
  ///
  /// - Returns: the connection to the socket that is named, configured or usual.
  /// - Throws: `ConfigurationError`, `CommandFailure`.
  func connection() throws -> DaemonConnection {
    DaemonConnection(socket: try socketPath())
  }

  /// Prints an answer, or fails with the daemon's cause and remedy.
  ///
  /// - Parameters:
  ///   - answer: what the daemon said.
  ///   - render: its text for people or for a pipe.
  /// - Throws: `CommandFailure` for any status from 400 on.
  func show(_ answer: DaemonAnswer, render: (JSONValue, Console.Style) -> String) throws {
    if json {
      try Console.write(answer.body + (answer.body.last == UInt8(ascii: "\n") ? [] : [UInt8(ascii: "\n")]))
    }
    guard answer.status < 400 else { throw CommandFailure(ProblemReport(answer).text) }
    guard let value = answer.value else {
      throw CommandFailure(
        "the daemon's answer (status \(answer.status)) is no JSON; is another server on its socket?")
    }
    if !json { try Console.say(render(value, Console.style)) }
  }

  private func socketPath() throws(ConfigurationError) -> String {
    if let socket { return socket }
    let environment = ProcessInfo.processInfo.environment
    let path = Configuration.path(explicitPath: file.path, environment: environment)
    let isNamed = file.path != nil || environment["VIPAD_CONFIG", default: ""] != ""
    // A command may run where the daemon's configuration is not: the usual socket is then the best guess.
    if !isNamed, (try? Stat(FilePath(path))) == nil { return ServerOptions.defaultSocket }
    return try file.load().server.socket
  }
}
