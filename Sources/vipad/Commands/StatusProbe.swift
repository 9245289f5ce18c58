/// The status as a check of Nagios or Icinga: one line, an exit code, performance data.
///
/// Source: Monitoring Plugins Development Guidelines, "Plugin Output" and "Performance data".
struct StatusProbe {
  enum Severity: Int32, Comparable {
    case ok = 0
    case warning = 1
    case critical = 2
    case unknown = 3

    var word: String {
      switch self {
      case .ok: "OK"
      case .warning: "WARNING"
      case .critical: "CRITICAL"
      case .unknown: "UNKNOWN"
      }
    }

    /// CRITICAL is the worst; what is not known is worse than a warning.
    static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }

    private var rank: Int {
      switch self {
      case .ok: 0
      case .warning: 1
      case .unknown: 2
      case .critical: 3
      }
    }
  }

  let severity: Severity
  let line: String

  /// The probe of an answer of `GET /status`.
  init(_ answer: DaemonAnswer) {
    guard answer.status == 200, let status = answer.value, status["verdict"] != nil else {
      self.init(failure: "the daemon's answer (status \(answer.status)) is no status", isOurs: false)
      return
    }
    let findings = Self.findings(status)
    let worst = findings.map(\.severity).max() ?? .ok
    let said = worst == .ok ? findings : findings.filter { $0.severity != .ok }
    let text = said.sorted { $0.severity > $1.severity }.map(\.text).joined(separator: "; ")
    self.init(worst, text, data: Self.performance(status))
  }

  /// The probe where there is no answer; `isOurs`: because of who asks, or how.
  init(failure: String, isOurs: Bool) {
    self.init(isOurs ? .unknown : .critical, failure, data: [])
  }

  /// The bar is what parts text and data.
  private init(_ severity: Severity, _ text: String, data: [String]) {
    let said = "VIPAD \(severity.word): " + oneLine(text).split(separator: "|").joined(separator: "/")
    self.severity = severity
    line = data.isEmpty ? said : "\(said) | \(data.joined(separator: " "))"
  }

  private typealias Finding = (severity: Severity, text: String)

  private static func findings(_ status: JSONValue) -> [Finding] {
    let pair = status["pair"].map { [ofPair($0)] } ?? []
    let failed = StatusReport.missing(status)
    let checks = failed.map { check in
      (Severity.warning, "not ready: \(check["name"]?.shown ?? "-"): \(check["detail"]?.shown ?? "-")")
    }
    let audit: [Finding] =
      status["audit"]?["ok"]?.isTrue == false
      ? [(.warning, "audit: \(status["audit"]?["reason"]?.shown ?? "fails")")] : []
    let claims: [Finding] = (status["groups"]?.elements ?? []).compactMap { group in
      guard group["lastClaim"]?["state"] == .text("needsOperator") else { return nil }
      return (.critical, "EC2 refuses the claim of group \(group["group"]?.shown ?? "-")")
    }
    return pair + [ofRouter(status)] + claims + checks + audit
  }

  private static func ofPair(_ pair: JSONValue) -> Finding {
    let text = "pair \(pair["verdict"]?.shown ?? "not known yet"): \(pair["detail"]?.shown ?? "")"
    guard let verdict = pair["verdict"].flatMap({ PairVerdict(rawValue: $0.shown) }) else {
      return (.unknown, text)
    }
    if verdict == .healthy { return (.ok, text) }
    return (verdict.isTrouble ? .critical : .warning, text)
  }

  private static func ofRouter(_ status: JSONValue) -> Finding {
    let verdict = status["verdict"]?.shown ?? "-"
    let text = "this router \(verdict)"
    switch verdict {
    case "holding", "standby": return (.ok, text)
    case "claiming", "paused": return (.warning, text)
    case "orphaned", "misplaced", "lost", "contended": return (.critical, text)
    default: return (.unknown, text)
    }
  }

  private static func performance(_ status: JSONValue) -> [String] {
    let checks = status["readiness"]?["checks"]?.elements ?? []
    let held = (status["vips"]?.elements ?? []).count { $0["held"]?.isTrue == true }
    let claim = status["groups"]?.elements.first?["lastClaim"]
    let measured = [
      ("accepted", claim?["acceptedMilliseconds"]), ("confirmed", claim?["confirmedMilliseconds"]),
      ("clock_skew", status["ec2"]?["clockSkewMilliseconds"]),
    ]
    return [
      "ready=\(status["readiness"]?["ready"]?.isTrue == true ? 1 : 0);;;0;1",
      "failed_checks=\(StatusReport.missing(status).count);;;0;\(checks.count)",
      "vips_held=\(held);;;0;\(status["vips"]?.elements.count ?? 0)",
      "audit_seq=\(status["audit"]?["seq"]?.shown ?? "0")c",
    ] + measured.compactMap { name, value in value.map { "\(name)=\($0.shown)ms" } }
  }
}
