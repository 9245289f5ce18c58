import ArgumentParser

/// `vipad pause`: stop all claims of this router.
struct PauseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pause",
    abstract: "Stop all claims and the guard, until vipad resume.",
    discussion: "Claims under way are cancelled. The pause outlasts a restart, and /status says so.")

  @OptionGroup var daemon: DaemonOptions

  @Option(
    name: .customLong("for"),
    help: ArgumentHelp(
      "How long: a number with s, m, h or d, as 90s or 2h. Default: until vipad resume.",
      valueName: "duration"))
  var duration: PauseDuration?

  func run() async throws {
    let answer = try await daemon.connection().post("/pause", Request(seconds: duration?.seconds))
    try daemon.show(answer) { PauseReport($0).text($1) }
  }

  /// The body of POST /pause.
  struct Request: Encodable, Equatable {
    var seconds: Double?
  }
}

/// `vipad resume`: let claims and guard go on.
struct ResumeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume", abstract: "Let claims and the guard go on after vipad pause.")

  @OptionGroup var daemon: DaemonOptions

  func run() async throws {
    let answer = try await daemon.connection().post("/resume", NoBody())
    try daemon.show(answer) { PauseReport($0).text($1) }
  }

  /// POST /resume takes an empty object.
  struct NoBody: Encodable, Equatable {}
}

/// A time that a person writes: `90s`, `15m`, `2h`, `1d`, or seconds without a letter.
struct PauseDuration: ExpressibleByArgument {
  let seconds: Double

  init?(argument: String) {
    let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86400]
    guard let last = argument.last else { return nil }
    let unit = units[last]
    guard let number = Double(unit == nil ? argument : String(argument.dropLast())), number > 0 else {
      return nil
    }
    seconds = number * (unit ?? 1)
  }
}

/// The answer of POST /pause and POST /resume.
struct PauseReport {
  private let answer: JSONValue

  init(_ answer: JSONValue) {
    self.answer = answer
  }

  func text(_ style: Console.Style) -> String {
    Table(rows: [[Field("paused", answer["paused"]), Field("until", answer["until"])]]).text(style)
  }
}
