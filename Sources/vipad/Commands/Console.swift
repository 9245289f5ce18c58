import FoundationEssentials
import Glibc
import SystemPackage

/// Standard output and standard error.
enum Console {
  /// How answers are laid out.
  enum Style: Equatable {
    /// Tables, with or without colour.
    case terminal(colour: Bool)
    /// `key=value` lines that stay as they are.
    case plain
  }

  /// Tables where a person reads, plain lines in a pipe; no colour with `NO_COLOR` (no-color.org) or TERM=dumb.
  static var style: Style {
    guard isatty(STDOUT_FILENO) == 1 else { return .plain }
    let environment = ProcessInfo.processInfo.environment
    return .terminal(colour: environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb")
  }

  /// Writes lines to standard output.
  ///
  /// - Throws: `CommandFailure` where it can't be written: a full disk must not look like success.
  static func say(_ text: String) throws(CommandFailure) {
    try write(Array((text.hasSuffix("\n") ? text : text + "\n").utf8))
  }

  /// Writes bytes to standard output as they are.
  ///
  /// - Throws: `CommandFailure`.
  static func write(_ bytes: [UInt8]) throws(CommandFailure) {
    do {
      _ = try FileDescriptor.standardOutput.writeAll(bytes)
    } catch {
      throw CommandFailure("standard output can't be written: \(error)")
    }
  }

  /// Writes lines to standard error; what can't be written there can be told nowhere.
  static func complain(_ text: String) {
    _ = try? FileDescriptor.standardError.writeAll((text + "\n").utf8)
  }
}
