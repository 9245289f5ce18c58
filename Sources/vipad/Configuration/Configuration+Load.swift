import SystemPackage
import TOMLKit

extension Configuration {
  /// The file that `vipad` reads.
  ///
  /// - Parameters:
  ///   - explicitPath: what `--config` says.
  ///   - environment: where `VIPAD_CONFIG` is looked up.
  /// - Returns: that, else `VIPAD_CONFIG`, else /config/vipad/vipad.toml if it exists (VyOS, where only /config
  ///   survives an upgrade), else /etc/vipad/vipad.toml.
  static func path(explicitPath: String?, environment: [String: String]) -> String {
    if let explicitPath { return explicitPath }
    if let path = environment["VIPAD_CONFIG"], !path.isEmpty { return path }
    let onVyOS = "/config/vipad/vipad.toml"
    return (try? Stat(FilePath(onVyOS))) != nil ? onVyOS : "/etc/vipad/vipad.toml"
  }

  /// Finds, checks and reads the configuration file.
  ///
  /// - Parameters: as of `path(explicitPath:environment:)`.
  /// - Returns: what it says, with the defaults.
  /// - Throws: `ConfigurationError`: one line for each thing that is wrong.
  static func load(
    explicitPath: String?, environment: [String: String]
  ) throws(ConfigurationError) -> Configuration {
    let file = path(explicitPath: explicitPath, environment: environment)
    let bytes = try TrustedFile(
      path: file, whereMissing: "write it (vipad.minimal.toml has what is needed) or name another by --config"
    ).read()
    return try Configuration(file: file, bytes: bytes)
  }

  /// Reads the content of a configuration file.
  ///
  /// - Parameters:
  ///   - file: its path, for error lines.
  ///   - bytes: its content.
  /// - Throws: `ConfigurationError`.
  init(file: String, bytes: [UInt8]) throws(ConfigurationError) {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ConfigurationError(file: file, reason: "is not UTF-8; save it as UTF-8")
    }
    // TOMLKit hands strings on as C strings: what follows a NUL would be lost without a word.
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    where line.contains("\0") || line.contains("\\u0000") || line.contains("\\U00000000") {
      throw ConfigurationError(file: file, line: index + 1, reason: "contains a NUL character; take it out")
    }
    if let fault = SettingLocator(text).fault {
      throw ConfigurationError(file: file, line: fault.line, reason: "not TOML: \(fault.reason)")
    }
    guard case .table(let root) = try Self.parse(text, file: file) else {
      throw ConfigurationError(file: file, reason: "is not a TOML document")
    }
    var reader = ConfigurationReader(file: file, text: text)
    self = try reader.read(root)
  }

  private static func parse(_ text: String, file: String) throws(ConfigurationError) -> SettingValue {
    do {
      return SettingValue(try TOMLTable(string: text))
    } catch let error as TOMLParseError {
      throw ConfigurationError(
        file: file, line: error.source.begin.line, reason: "not TOML: \(oneLine(error.description))")
    } catch {
      throw ConfigurationError(file: file, reason: "not TOML: \(error)")
    }
  }
}
