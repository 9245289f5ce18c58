import ArgumentParser
import Audit
import SystemPackage

/// `vipad audit`: read and verify the audit log, with or without a daemon.
struct AuditCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit", abstract: "Verify or follow the audit log.",
    subcommands: [AuditVerifyCommand.self, AuditTailCommand.self])
}

/// `vipad audit verify`: whether the log is whole and unchanged.
struct AuditVerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check every hash, the chain over all segments, and each claim's outcome.")

  @OptionGroup var file: ConfigurationOption

  @Argument(
    help:
      "The log's files in any order; the active one alone brings its segments. Default: the configured log.")
  var files: [String] = []

  @Option(
    help: ArgumentHelp(
      "A record that must be in the log, as an earlier run printed it after \"head\". Default: none.",
      valueName: "seq:hash"),
    transform: head)
  var expect: AuditHead?

  @Option(
    help: ArgumentHelp(
      "A file with the peer's notes of this log's head: the peer's log. May be given again. Default: none.",
      valueName: "file"))
  var witness: [String] = []

  @Flag(help: "Print the result as JSON. Default: lines.")
  var json = false

  func run() throws {
    let files = self.files.isEmpty ? [try file.load().audit.path] : self.files
    let report = VerificationReport(try verifyAudit(files: files, expecting: expect, witnesses: witness))
    try Console.say(json ? report.json : report.text(Console.style))
    if !report.isGood { throw ExitCode(CommandFailure.Code.failed.rawValue) }
  }

  private static func head(_ text: String) throws -> AuditHead {
    guard let head = AuditHead(text) else {
      throw ValidationError("--expect takes SEQ:HASH, a number and 64 lower-case hexadecimal digits.")
    }
    return head
  }
}

/// `vipad audit tail`: the newest records.
struct AuditTailCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tail", abstract: "Show the newest records, and with -f each new one as it is written.",
    discussion:
      "On a terminal a line of the main facts; in a pipe, or with --json, the records as they stand in the log."
  )

  @OptionGroup var file: ConfigurationOption

  @Argument(help: "The active file. Default: the configured log.")
  var path: String?

  @Option(
    name: .short,
    help: ArgumentHelp("How many records to begin with, 0 to 100000.", valueName: "count"))
  var n = 10

  @Flag(name: .short, help: "Go on until interrupted, across segments. Default: off.")
  var follow = false

  @Flag(help: "Print the records as they stand in the log, on a terminal too. Default: off.")
  var json = false

  func validate() throws {
    guard (0...100_000).contains(n) else { throw ValidationError("-n takes 0 to 100000 records, not \(n).") }
  }

  func run() throws {
    let log = try path ?? file.load().audit.path
    let tail = try AuditTail(path: log)
    let style = json ? .plain : Console.style
    if follow { try self.follow(tail, style) } else { try show(tail, of: log, style) }
  }

  private func show(_ tail: AuditTail, of log: String, _ style: Console.Style) throws {
    let lines = try tail.last(n)
    if lines.isEmpty, (try? Stat(FilePath(log))) == nil {
      throw CommandFailure("there is no audit log \(log); name it, or the configuration by --config")
    }
    try Console.write(RecordLines(lines, style).bytes)
  }

  private func follow(_ tail: AuditTail, _ style: Console.Style) throws {
    var failure: CommandFailure?
    try tail.follow(last: n) { lines in
      do throws(CommandFailure) {
        try Console.write(RecordLines(lines, style).bytes)
        return true
      } catch {
        failure = error
        return false
      }
    }
    if let failure { throw failure }
  }
}
