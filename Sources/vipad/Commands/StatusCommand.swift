import ArgumentParser

/// `vipad status`: the whole picture.
struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show who is MASTER, where the VIPs are, and whether a failover would work.")

  @OptionGroup var daemon: DaemonOptions

  func run() async throws {
    let answer = try await daemon.connection().send("GET", "/status")
    try daemon.show(answer) { StatusReport($0).text($1) }
  }
}
