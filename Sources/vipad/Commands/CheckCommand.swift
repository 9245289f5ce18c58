import ArgumentParser
import Failover

/// `vipad check` says whether a failover to this router would work now.
struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Say whether a failover to this router would work now, and what to mend.",
    discussion: """
      The first line has the cause and the remedy, then each check follows. Asks the running daemon; without one it \
      makes the checks itself, and the answer is no. Just after a start it waits up to 20 s for checks that the daemon \
      has not made yet. Exit code 0: ready; 1: not.
      """)

  @OptionGroup var daemon: DaemonOptions

  @Flag(
    help: """
      Fail on faults of this router alone, which no outage of AWS can be the cause of: what a VRRP track script may \
      ask. Answers within 2 s. Default: off, everything counts.
      """)
  var vrrp = false

  private static let patience = Duration.seconds(20)
  private static let period = Duration.milliseconds(200)

  func run() async throws {
    let bytes = try await answer()
    guard let value = JSONValue(bytes) else { throw CommandFailure("the checks are no JSON") }
    let report = CheckReport(value, countsOnlyLocal: vrrp)
    if daemon.json { try Console.write(bytes) } else { try Console.say(report.text(Console.style)) }
    if !report.isGood { throw ExitCode(CommandFailure.Code.failed.rawValue) }
  }

  /// What the daemon says, else what is found here.
  private func answer() async throws -> [UInt8] {
    do {
      let answer = try await daemonsAnswer()
      if answer.value?["checks"] != nil { return answer.body }
      throw CommandFailure(ProblemReport(answer).text)
    } catch let failure as CommandFailure {
      return try await checkHere(daemonFailure: failure)
    } catch let error as ConfigurationError {
      return try Self.bytes(StandaloneCheck.refused(error))
    }
  }

  private func daemonsAnswer() async throws -> DaemonAnswer {
    let connection = try daemon.connection()
    let end = ContinuousClock.now + Self.patience
    while true {
      let answer = try await connection.send("GET", "/readyz", timeoutSeconds: vrrp ? 2 : 10)
      guard !vrrp, ContinuousClock.now < end, let value = answer.value,
        CheckReport(value, countsOnlyLocal: false).isTooEarly
      else { return answer }
      try await Task.sleep(for: Self.period, clock: .continuous)
    }
  }

  /// A VRRP track script must have its answer soon: without a daemon it is no.
  private func checkHere(daemonFailure: CommandFailure) async throws -> [UInt8] {
    let configuration: Configuration
    do {
      configuration = try daemon.file.load()
    } catch {
      return try Self.bytes(StandaloneCheck.refused(error))
    }
    let check = StandaloneCheck(configuration, daemonFailure: "\(daemonFailure)")
    return try Self.bytes(vrrp ? check.withoutDaemon() : await check.run())
  }

  private static func bytes(_ readiness: Readiness) throws -> [UInt8] {
    try ReadyDocument(readiness, source: "command", clock: DaemonClock()).jsonBytes()
  }
}

/// The answer of GET /readyz: one line that says what to do, then each check.
struct CheckReport {
  private let answer: JSONValue
  private let countsOnlyLocal: Bool

  init(_ answer: JSONValue, countsOnlyLocal: Bool) {
    self.answer = answer
    self.countsOnlyLocal = countsOnlyLocal
  }

  private var checks: [JSONValue] { answer["checks"]?.elements ?? [] }

  /// The checks that make the answer no.
  private var counting: [JSONValue] {
    checks.filter { ($0[countsOnlyLocal ? "local" : "blocking"])?.isTrue == true }
  }

  /// True when the answer is yes.
  var isGood: Bool { counting.isEmpty && !checks.isEmpty }

  /// Nothing keeps the answer from being yes but checks that have not been made yet.
  var isTooEarly: Bool {
    !counting.isEmpty && counting.allSatisfy { $0["ageSeconds"] == nil }
  }

  /// Causes stand before what follows from them; what has failed before what is not known.
  private var first: JSONValue? {
    counting.first { $0["state"] == .text("failed") } ?? counting.first
  }

  private var verdict: String {
    guard let first else {
      return countsOnlyLocal
        ? "no fault of this router alone" : "ready: a failover to this router would work now"
    }
    let cause = [first["name"], first["reason"], first["remedy"]].compactMap { $0?.shown }
    return (countsOnlyLocal ? "faulty: " : "not ready: ") + cause.prefix(2).joined(separator: ": ")
      + (cause.count > 2 ? "; to do: \(cause[2])" : "")
  }

  func text(_ style: Console.Style) -> String {
    let shown = countsOnlyLocal ? checks.filter { $0["ageSeconds"] != nil } : checks
    let rows = shown.map { check in
      [
        Field("check", check["name"]),
        Field("state", check["state"], mood: Self.mood(check)),
        Field("ageSeconds", check["ageSeconds"]),
        Field("reason", check["reason"]),
        Field("remedy", check["remedy"]),
      ]
    }
    return "\(verdict)\n\(Table(rows: rows).text(style))"
  }

  private static func mood(_ check: JSONValue) -> Field.Mood {
    switch check["state"] {
    case .text("ok"): .good
    default: check["blocking"]?.isTrue == true ? .bad : .attention
    }
  }
}
