/// `vipad status --watch`: the status, shown anew in place every second.
struct StatusWatch {
  static let period = Duration.seconds(1)

  /// What the daemon said last, with the tag that stands for it.
  private struct Seen {
    var etag: String?
    var text = ""
  }

  let connection: DaemonConnection

  /// Goes on until the process is interrupted; a daemon that does not answer is said so, and waited for.
  ///
  /// - Throws: `CommandFailure` where standard output can't be written.
  func run() async throws {
    let style = Console.style
    var seen = Seen()
    var last = ""
    while true {
      let text = await text(style, &seen)
      if style != .plain {
        try Console.write(Array(Self.inPlace(text, TerminalSize.current).utf8))
      } else if text != last {
        try Console.say(text)
      }
      last = text
      try await Task.sleep(for: Self.period, clock: .continuous)
    }
  }

  private func text(_ style: Console.Style, _ seen: inout Seen) async -> String {
    do {
      let known = seen.etag.map { [(name: "If-None-Match", value: $0)] } ?? []
      let answer = try await connection.send("GET", "/status", headers: known)
      if answer.status == 304 { return seen.text }
      guard answer.status == 200, let value = answer.value else { return ProblemReport(answer).text }
      seen = Seen(etag: answer.etag, text: StatusReport(value).text(style))
      return seen.text
    } catch {
      return "no answer: \(error)"
    }
  }

  /// From the upper left corner, each line's old rest and what is below wiped out (ECMA-48, CUP, EL, ED).
  private static func inPlace(_ text: String, _ size: TerminalSize?) -> String {
    let whole = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let lines = size?.fit(text) ?? whole
    return "\u{1B}[H" + lines.map { "\($0)\u{1B}[K\n" }.joined() + "\u{1B}[J"
  }
}
