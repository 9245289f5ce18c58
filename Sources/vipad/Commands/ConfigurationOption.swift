import ArgumentParser
import FoundationEssentials

/// `--config`, which every subcommand takes.
struct ConfigurationOption: ParsableArguments {
  @Option(
    name: .customLong("config"),
    help: ArgumentHelp(
      "The configuration file. Default: VIPAD_CONFIG, else /config/vipad/vipad.toml if it exists, else "
        + "/etc/vipad/vipad.toml.",
      valueName: "file"))
  var path: String?

  /// Reads the configuration file.
  ///
  /// - Returns: what it says.
  /// - Throws: `ConfigurationError`, whose description names file, line and key.
  func load() throws(ConfigurationError) -> Configuration {
    try Configuration.load(explicitPath: path, environment: ProcessInfo.processInfo.environment)
  }
}
