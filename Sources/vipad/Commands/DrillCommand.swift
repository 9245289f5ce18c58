import ArgumentParser

/// `vipad drill`: move the address that is set aside for it, and show where the time goes.
struct DrillCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "drill",
    abstract: "Move the drill's address to this router and time every step; no VIP is touched.",
    discussion: """
      The address is vip under [drill]: one set aside for this, in the subnet of the router's interface. It goes the \
      way a claim goes, by the same connection, and is recorded in the audit log with cause drill.
      """)

  @OptionGroup var daemon: DaemonOptions

  func run() async throws {
    let answer = try await daemon.connection().post("/drill", ResumeCommand.NoBody(), timeoutSeconds: 60)
    try daemon.show(answer) { DrillReport($0).text($1) }
    if answer.value?["confirmed"]?.isTrue != true {
      throw CommandFailure(
        "EC2 accepted, and the instance metadata does not list the address yet; see: vipad status")
    }
  }
}

/// The answer of POST /drill: the address, then a line for each step in its order.
struct DrillReport {
  private let answer: JSONValue
  private static let steps = [
    ("request", "until the intent is in the audit log"), ("sign", "signing the call"),
    ("wire", "a round trip to EC2"), ("ec2", "EC2's own time"),
    ("imds", "until the instance metadata lists it"),
  ]

  init(_ answer: JSONValue) {
    self.answer = answer
  }

  func text(_ style: Console.Style) -> String {
    let head = ["claimId", "vip", "networkInterfaceId", "awsRequestId", "confirmed", "newConnection"]
      .map { Field($0, answer[$0]) }
    let times = answer["stepMilliseconds"]
    var rows = Self.steps.map { name, meaning in
      [Field("step", .text(name)), Field("milliseconds", times?[name]), Field("meaning", .text(meaning))]
    }
    rows.append(
      [
        Field("step", .text("total")), Field("milliseconds", answer["totalMilliseconds"]),
        Field("meaning", .text("request to confirmation")),
      ])
    return Table(rows: [head]).text(style) + (style == .plain ? "\n" : "\n\n") + Table(rows: rows).text(style)
  }
}
