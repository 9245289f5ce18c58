import ArgumentParser

/// `vipad whoami`: who this router is in AWS.
struct WhoamiCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "whoami",
    abstract: "Show who this router is in AWS: instance, network interface, Region, credentials.")

  @OptionGroup var daemon: DaemonOptions

  func run() async throws {
    let answer = try await daemon.connection().send("GET", "/whoami")
    try daemon.show(answer) { WhoamiReport($0).text($1) }
  }
}
