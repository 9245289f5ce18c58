/// `vipad status --watch`: the status, shown anew in place every second.
struct StatusWatch {
  static let period = Duration.seconds(1)

  let connection: DaemonConnection

  /// Goes on until the process is interrupted; a daemon that does not answer is said so, and waited for.
  ///
  /// - Throws: `CommandFailure` where standard output can't be written.
  func run() async throws {
    let style = Console.style
    var last = ""
    while true {
      let text = await text(style)
      if style != .plain {
        try Console.write(Array(Self.inPlace(text).utf8))
      } else if text != last {
        try Console.say(text)
      }
      last = text
      try await Task.sleep(for: Self.period, clock: .continuous)
    }
  }

  private func text(_ style: Console.Style) async -> String {
    do {
      let answer = try await connection.send("GET", "/status")
      guard answer.status == 200, let value = answer.value else { return ProblemReport(answer).text }
      return StatusReport(value).text(style)
    } catch {
      return "no answer: \(error)"
    }
  }

  /// From the upper left corner, each line's old rest and what is below wiped out (ECMA-48, CUP, EL, ED).
  private static func inPlace(_ text: String) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    return "\u{1B}[H" + lines.map { "\($0)\u{1B}[K\n" }.joined() + "\u{1B}[J"
  }
}
