import ArgumentParser

/// `vipad claims`: the claims that ended.
struct ClaimsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "claims",
    abstract: "Show the last claims of this router, newest first, each with where its time went.")

  @OptionGroup var daemon: DaemonOptions

  @Option(help: ArgumentHelp("How many, 1 to 1000.", valueName: "count"))
  var limit = 20

  @Option(help: ArgumentHelp("Only those before this claim.", valueName: "claimId"))
  var before: String?

  func validate() throws {
    guard (1...ClaimHistory.kept).contains(limit) else {
      throw ValidationError("--limit takes a number from 1 to \(ClaimHistory.kept).")
    }
    guard before?.utf8.allSatisfy({ $0.isHexadecimalDigit }) ?? true else {
      throw ValidationError("--before takes a claim's id: 16 hexadecimal digits.")
    }
  }

  func run() async throws {
    let query = "?limit=\(limit)" + (before.map { "&before=\($0)" } ?? "")
    let answer = try await daemon.connection().send("GET", "/claims" + query)
    try daemon.show(answer) { ClaimsReport($0).text($1) }
  }
}

extension UInt8 {
  fileprivate var isHexadecimalDigit: Bool { Character(Unicode.Scalar(self)).isHexDigit }
}

/// The answer of GET /claims: a line for each claim.
struct ClaimsReport {
  private let answer: JSONValue

  init(_ answer: JSONValue) {
    self.answer = answer
  }

  func text(_ style: Console.Style) -> String {
    let rows = (answer["claims"]?.elements ?? []).map(Self.row)
    if rows.isEmpty, style != .plain { return "no claims yet, as far as the audit log goes back" }
    return Table(rows: rows).text(style)
  }

  private static func row(_ claim: JSONValue) -> [Field] {
    let phases = claim["phases"]
    let isHeld = ["accepted", "alreadyHeld", "recoveredAccepted"].contains(claim["outcome"]?.shown)
    return [
      Field("startedAt", claim["startedAt"]), Field("claimId", claim["claimId"]),
      Field("group", claim["group"]),
      Field("cause", claim["cause"]), Field("outcome", claim["outcome"], mood: isHeld ? .good : .attention),
      Field("toWireMilliseconds", phases?["toWireMilliseconds"]),
      Field("ec2Milliseconds", phases?["ec2Milliseconds"]),
      Field("confirmationMilliseconds", phases?["confirmationMilliseconds"]),
      Field("attempts", claim["attempts"]), Field("errorCode", claim["errorCode"]),
      Field("previousNetworkInterfaceId", claim["previousNetworkInterfaceId"]),
    ]
  }
}
