import ArgumentParser
import FoundationEssentials
import Glibc
import Logging
import SystemPackage

/// `vipad serve`: the daemon.
struct Serve: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run the daemon in the foreground.",
    discussion: """
      Answers on the Unix socket and on loopback, claims the VIPs when VRRP makes this router MASTER, and writes \
      the audit log. SIGTERM and SIGINT end it: claims under way are given up, and no call to EC2 leaves any more. \
      SIGHUP reads the groups of the configuration anew; a file with errors leaves the old ones in force.
      """)

  @OptionGroup var file: ConfigurationOption

  private static let lastLinesPatience = Duration.seconds(1)

  /// Runs on the main thread, which waits for signals only.
  func run() throws {
    ResidentMemory.begin()
    try PrivateMemory.begin(environment: ProcessInfo.processInfo.environment)
    let signals = Signals.block()
    let configuration = try file.load()
    let writer = try LineWriter(.standardError)
    defer { writer.settle(within: Self.lastLinesPatience) }
    LoggingSystem.bootstrap { StreamLogHandler(label: $0, stream: LogLines(writer: writer)) }
    let process = try DaemonProcess(configuration, environment: ProcessInfo.processInfo.environment)
    try process.start()
    signals.waitForEnd { process.reload { try file.load() } }
    process.stop()
    writer.settle(within: Self.lastLinesPatience)
    // exit(3) would take libcrypto and the heap from under threads that still run.
    _exit(EXIT_SUCCESS)
  }
}
