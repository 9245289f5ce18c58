/// Records of the audit log as they are shown: untouched in a pipe, the main facts on a terminal.
struct RecordLines {
  let bytes: [UInt8]

  /// - Parameters:
  ///   - lines: whole JSON lines.
  ///   - style: how they are laid out.
  init(_ lines: [UInt8], _ style: Console.Style) {
    guard case .terminal(let colour) = style else {
      bytes = lines
      return
    }
    let shown = lines.split(separator: UInt8(ascii: "\n")).map { Self.shown(Array($0), colour: colour) }
    bytes = Array(shown.map { $0 + "\n" }.joined().utf8)
  }

  private static func shown(_ line: [UInt8], colour: Bool) -> String {
    guard let record = JSONValue(line) else { return oneLine(String(decoding: line, as: UTF8.self)) }
    let last = record["attempts"]?.elements.last
    let facts = [
      record["group"], record["cause"], record["vips"], record["outcome"], last?["errorCode"],
      record["acceptedMilliseconds"].map { .text("accepted in \($0.shown) ms") },
      record["confirmedMilliseconds"].map { .text("confirmed in \($0.shown) ms") },
      record["claimId"], record["detail"],
    ]
    let head = [record["seq"]?.shown, record["time"]?.shown].map { $0 ?? "-" }
    let event = painted(record["event"]?.shown ?? "-", colour ? mood(record) : nil)
    return (head + [event] + facts.compactMap { $0?.shown }.filter { !$0.isEmpty }).joined(separator: "  ")
  }

  private static func mood(_ record: JSONValue) -> Field.Mood? {
    switch (record["event"]?.shown, record["outcome"]?.shown) {
    case ("gap", _), (_, "failed"), (_, "unknown"), (_, "recoveredNotApplied"): .bad
    case ("stale", _), ("paused", _), ("recovered", _), (_, "cancelled"), (_, "superseded"): .attention
    case ("claimOutcome", _), ("claimConfirmed", _): .good
    default: nil
    }
  }
}
