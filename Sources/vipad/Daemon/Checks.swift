import FoundationEssentials

/// What a failover to this router needs, and since when each thing is as it is.
struct Checks {
  private var byName: [String: StatusDocument.Check] = [:]
  /// Every one of these must be there for readiness.
  static let names = ["audit", "credentials", "ec2", "identity", "metadata", "pause", "state", "vrrp"]

  /// Keeps a result; the time stays while the result does.
  mutating func note(_ name: String, ok: Bool, _ detail: String, remedy: String? = nil) {
    if let known = byName[name], known.ok == ok, known.detail == detail, known.remedy == remedy { return }
    byName[name] = StatusDocument.Check(
      name: name, ok: ok, detail: detail, remedy: remedy, checkedAt: Date.now.rfc3339)
  }

  /// What a check found.
  func detail(of name: String) -> String { byName[name]?.detail ?? "not checked yet" }

  /// All checks by name; one that was not made yet is not ok.
  func readiness(startedAt: String) -> StatusDocument.Readiness {
    let checks = Self.names.map { name in
      byName[name]
        ?? StatusDocument.Check(
          name: name, ok: false, detail: "not checked yet", remedy: nil, checkedAt: startedAt)
    }
    return StatusDocument.Readiness(ready: checks.allSatisfy(\.ok), checks: checks)
  }
}
