import Audit
import FoundationEssentials

/// What `vipad audit verify` says.
struct VerificationReport {
  private let result: AuditVerification

  init(_ result: AuditVerification) {
    self.result = result
  }

  var isGood: Bool { result.ok }

  /// A summary, then every finding in a line of its own.
  func text(_ style: Console.Style) -> String {
    let verdict = Field("verified", .boolean(result.ok), mood: result.ok ? .good : .bad)
    let summary = Table(rows: [[verdict] + facts]).text(style)
    let problems = result.problems.map { "problem: \(oneLine($0.description))" }
    let more = result.problemCount - result.problems.count
    let rest = more > 0 ? ["problem: \(more) more are not shown"] : []
    let notes = result.notes.map { "note: \(oneLine($0.description))" }
    let open = result.openClaims.map { "open: claim \(oneLine($0)) has no outcome yet" }
    return ([summary] + problems + rest + notes + open).joined(separator: "\n")
  }

  /// The same as one JSON object.
  var json: String {
    let answer = Answer(
      ok: result.ok, records: result.records, firstSeq: result.firstSeq, lastSeq: result.lastSeq,
      head: head, chainId: result.chainId, problemCount: result.problemCount,
      problems: result.problems.map(\.description), notes: result.notes.map(\.description),
      openClaims: result.openClaims)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Texts and numbers alone: encoding them can't fail.
    return (try? encoder.encode(answer)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }

  private var facts: [Field] {
    [
      Field("records", .number(Double(result.records))),
      Field("firstSeq", result.firstSeq.map { .number(Double($0)) }),
      Field("lastSeq", result.lastSeq.map { .number(Double($0)) }),
      Field("problems", .number(Double(result.problemCount))),
      Field("head", head.map { .text($0) }),
    ]
  }

  /// What `--expect` takes.
  private var head: String? {
    guard let seq = result.lastSeq, let hash = result.headHash else { return nil }
    return "\(seq):\(hash)"
  }

  private struct Answer: Encodable {
    let ok: Bool
    let records: Int
    let firstSeq: UInt64?
    let lastSeq: UInt64?
    let head: String?
    let chainId: String?
    let problemCount: Int
    let problems: [String]
    let notes: [String]
    let openClaims: [String]
  }
}
