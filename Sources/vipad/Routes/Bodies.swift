import Failover
import HTTPServer

/// The body of `POST /claim`; everything may be left out.
struct ClaimBody: JSONBodyKeys {
  static let keys: Set<String> = ["group", "cause", "uptime", "priority", "force"]

  var group: String?
  var cause: String?
  var uptime: Double?
  var priority: Int?
  var force: Bool?
}

/// The body of `POST /standby`; everything may be left out.
struct StandbyBody: JSONBodyKeys {
  static let keys: Set<String> = ["group", "state", "cause", "uptime", "priority"]

  var group: String?
  var state: String?
  var cause: String?
  var uptime: Double?
  var priority: Int?
}

/// The body of `POST /pause`; without `seconds` the pause lasts until resumed.
struct PauseBody: JSONBodyKeys {
  static let keys: Set<String> = ["seconds"]

  var seconds: Double?
}

/// The body of `POST /resume`: an empty object, if any.
struct NoBody: JSONBodyKeys {
  static let keys: Set<String> = []
}

/// The members that both bodies share, checked.
struct Wish {
  static let causes: [Cause] = [.vrrp, .operator]
  /// 285 years.
  private static let longestUptimeSeconds = 9e9
  static let standbyStates: [VRRPState] = [.backup, .fault, .stop]

  let transition: Transition

  init(_ body: ClaimBody, now: Uptime) throws(Problem) {
    // Only an operator may be against the evidence.
    let cause = body.force == true ? body.cause ?? Cause.operator.rawValue : body.cause
    if body.force == true, cause != Cause.operator.rawValue {
      throw .field("force", "goes with cause operator only")
    }
    transition = try Self.transition(
      to: .master, cause: cause, uptime: body.uptime, priority: body.priority, now: now)
  }

  init(_ body: StandbyBody, now: Uptime) throws(Problem) {
    let state = try Self.choice(body.state, of: Self.standbyStates, named: "state") ?? .backup
    transition = try Self.transition(
      to: state, cause: body.cause, uptime: body.uptime, priority: body.priority, now: now)
  }

  private static func transition(
    to state: VRRPState, cause: String?, uptime: Double?, priority: Int?, now: Uptime
  ) throws(Problem) -> Transition {
    let cause = try choice(cause, of: causes, named: "cause") ?? .vrrp
    if let uptime, !(0...longestUptimeSeconds).contains(uptime) {
      throw .field("uptime", "must be the seconds since boot, 0 or more")
    }
    if let priority, !(0...255).contains(priority) {
      throw .field("priority", "must be a VRRP priority, 0 to 255")
    }
    // A moment to come can't be ordered against later hooks.
    let moment = min(uptime.map { Uptime(seconds: $0) } ?? now, now)
    return Transition(to: state, at: moment, cause: cause, priority: priority)
  }

  private static func choice<Value: RawRepresentable<String>>(
    _ text: String?, of values: [Value], named name: String
  ) throws(Problem) -> Value? {
    guard let text else { return nil }
    if let value = values.first(where: { $0.rawValue == text }) { return value }
    throw .field(name, "must be one of \(values.map(\.rawValue).joined(separator: ", "))")
  }
}

extension Problem {
  /// A 400 that names the member or parameter at fault and says what it must be.
  static func field(_ name: String, _ mustBe: String) -> Problem {
    Problem(status: 400, detail: "\(name) \(mustBe)", members: [Member("field", .string(name))])
  }
}
