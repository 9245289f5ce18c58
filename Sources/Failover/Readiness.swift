/// Whether a failover to this router would work now: all checks, and the verdict over them.
///
/// A value without a clock of its own. Ready means: each check was made or tried once, none has failed, and none that
/// is essential is unknown.
public struct Readiness: Sendable {
  private var byName: [ReadinessCheck.Name: ReadinessCheck] = [:]
  /// Checks whose result does not count, by the operator's word.
  private let ignored: Set<ReadinessCheck.Name>
  /// Checks without which nothing is ready, beside those that always are.
  private let alsoEssential: Set<ReadinessCheck.Name>
  private let longestAges: [ReadinessCheck.Name: Duration]

  /// Nothing is checked yet; a check that only warns is not there before it was made.
  public init(
    startedAt: Uptime, ignoring ignored: Set<ReadinessCheck.Name> = [],
    alsoEssential: Set<ReadinessCheck.Name> = [], longestAges: [ReadinessCheck.Name: Duration] = [:]
  ) {
    self.ignored = ignored
    self.alsoEssential = alsoEssential
    self.longestAges = longestAges
    for name in ReadinessCheck.Name.allCases where !name.isAdvisory {
      byName[name] = ReadinessCheck(name: name, state: .unknown, detail: Self.notYet, since: startedAt)
    }
  }

  private static let notYet = "not checked yet"

  /// Keeps a result; `since` stays while the result does.
  public mutating func note(
    _ name: ReadinessCheck.Name, _ state: ReadinessCheck.State, _ detail: String, remedy: String? = nil,
    reading: String? = nil, at now: Uptime
  ) {
    var check = ReadinessCheck(
      name: name, state: state, detail: detail, remedy: state == .ok ? nil : remedy, reading: reading,
      since: now, madeAt: now)
    if let known = byName[name], known.state == state, known.detail == detail, known.remedy == check.remedy {
      check.since = known.since
    }
    byName[name] = check
  }

  /// Takes a check out that only warns, and is about nothing any more.
  public mutating func drop(_ name: ReadinessCheck.Name) {
    guard name.isAdvisory else { return }
    byName[name] = nil
  }

  /// Takes results that were made too long ago for unknown.
  public mutating func forgetOld(at now: Uptime) {
    for check in checks {
      guard let longest = longestAges[check.name] ?? check.name.longestAge, let age = check.age(at: now),
        age > longest,
        check.state != .unknown
      else { continue }
      let madeAt = check.madeAt
      note(
        check.name, .unknown, "not checked any more; it was \(check.state.rawValue): \(check.detail)",
        remedy: check.remedy, at: now)
      byName[check.name]?.madeAt = madeAt
    }
  }

  /// All checks, causes before what follows from them.
  public var checks: [ReadinessCheck] { ReadinessCheck.Name.allCases.compactMap { byName[$0] } }

  /// The check of that name.
  public subscript(name: ReadinessCheck.Name) -> ReadinessCheck? { byName[name] }

  /// Whether the check, as it stands, keeps this router from being ready.
  public func isBlocking(_ check: ReadinessCheck) -> Bool {
    guard !ignored.contains(check.name), !check.name.isAdvisory else { return false }
    return switch check.state {
    case .ok: false
    case .failed: true
    case .unknown: check.madeAt == nil || check.name.isEssential || alsoEssential.contains(check.name)
    }
  }

  /// True when a failover to this router would work now.
  public var isReady: Bool { !byName.values.contains(where: isBlocking) }

  /// The check to look at first: the first that has failed, else the first unknown one that keeps from being ready.
  public var first: ReadinessCheck? {
    let blocking = checks.filter(isBlocking)
    return blocking.first { $0.state == .failed } ?? blocking.first
  }
}
