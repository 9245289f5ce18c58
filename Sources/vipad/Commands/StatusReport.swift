/// The answer of GET /status for people and for pipes.
struct StatusReport {
  private let status: JSONValue

  init(_ status: JSONValue) {
    self.status = status
  }

  /// Verdict, groups, VIPs, failed checks, EC2 and the audit log, each as far as the daemon says it.
  ///
  /// On a terminal one screen, in a pipe lines that stay as they are.
  func text(_ style: Console.Style) -> String {
    if case .terminal(let colour) = style { return StatusScreen(status: status, colour: colour).text }
    let tables = [[overview], pair, groups, vips, checks, [ec2], [audit], notify].map {
      Table(rows: $0).text(style)
    }
    return tables.filter { !$0.isEmpty }.joined(separator: "\n")
  }

  private var overview: [Field] {
    let isReady = status["readiness"]?["ready"]
    return [
      Field("verdict", status["verdict"], mood: Self.mood(status["verdict"])),
      Field("ready", isReady, mood: Self.mood(isTrue: isReady)),
      Field("version", status["version"]),
      Field("startedAt", status["startedAt"]),
      Field("changedAt", status["changedAt"]),
    ]
  }

  /// Both routers as one; nothing where no other is configured.
  private var pair: [[Field]] {
    guard let pair = status["pair"] else { return [] }
    let reachable = pair["peer"]?["reachable"]
    return [
      [
        Field("pair", pair["verdict"], mood: Self.mood(ofPair: pair["verdict"])),
        Field("since", pair["since"]),
        Field("peer", pair["peer"]?["url"]),
        Field("reachable", reachable, mood: Self.mood(isTrue: reachable)),
        Field("detail", pair["detail"]),
      ]
    ]
  }

  /// How the last notification fared; nothing where no webhook is configured.
  private var notify: [[Field]] {
    guard let notify = status["notify"] else { return [] }
    let last = notify["last"]
    let isBad = last.map { $0["outcome"] != .text("delivered") }
    return [
      [
        Field("notify", notify["receiver"]),
        Field("pending", notify["pending"]),
        Field("event", last?["event"]),
        Field("outcome", last?["outcome"], mood: isBad.map { $0 ? .attention : .good }),
        Field("since", last?["at"]),
        Field("reason", last?["reason"]),
        Field("failingSince", notify["failing"]?["since"]),
        Field("lost", notify["lost"]?["count"]),
      ]
    ]
  }

  private var groups: [[Field]] {
    (status["groups"]?.elements ?? []).map { group in
      let claim = group["lastClaim"]
      return [
        Field("group", group["group"]),
        Field("verdict", group["verdict"], mood: Self.mood(group["verdict"])),
        Field("vrrp", group["vrrp"]?["state"]),
        Field("since", group["vrrp"]?["since"]),
        Field("source", group["vrrp"]?["source"]),
        Field("lastClaim", claim?["claimId"]),
        Field("outcome", claim?["outcome"]),
        Field("acceptedMilliseconds", claim?["acceptedMilliseconds"]),
        Field("confirmedMilliseconds", claim?["confirmedMilliseconds"]),
      ]
    }
  }

  private var vips: [[Field]] {
    (status["vips"]?.elements ?? []).map { vip in
      [
        Field("vip", vip["vip"]),
        Field("group", vip["group"]),
        Field("held", vip["held"]),
        Field("confirmed", vip["confirmed"]),
        Field("onInterface", vip["onInterface"]),
        Field("networkInterfaceId", vip["holder"]?["networkInterfaceId"]),
        Field("instanceId", vip["holder"]?["instanceId"]),
        Field("observedAt", vip["observedAt"]),
      ]
    }
  }

  private var checks: [[Field]] {
    (status["readiness"]?["checks"]?.elements ?? []).map { check in
      [
        Field("check", check["name"]),
        Field("ok", check["ok"], mood: Self.mood(ofCheck: check)),
        Field("detail", check["detail"]),
        Field("remedy", check["remedy"]),
      ]
    }
  }

  private var ec2: [Field] {
    guard let ec2 = status["ec2"] else { return [] }
    return [
      Field("ec2", ec2["endpoint"]),
      Field("lastSuccessAt", ec2["lastSuccessAt"]),
      Field("clockSkewMilliseconds", ec2["clockSkewMilliseconds"]),
      Field("lastError", ec2["lastError"], mood: ec2["lastError"].map { _ in .attention }),
    ]
  }

  private var audit: [Field] {
    guard let audit = status["audit"] else { return [] }
    let fields = [
      Field("auditOk", audit["ok"], mood: Self.mood(isTrue: audit["ok"])),
      Field("seq", audit["seq"]),
      Field("headHash", audit["headHash"]),
    ]
    return audit["reason"].map { fields + [Field("reason", $0)] } ?? fields
  }

  /// The checks that keep the router from being ready: what failed, else what could not be told.
  static func missing(_ status: JSONValue) -> [JSONValue] {
    guard status["readiness"]?["ready"]?.isTrue == false else { return [] }
    let blocking = (status["readiness"]?["checks"]?.elements ?? []).filter(isBlocking)
    let failed = blocking.filter { $0["state"] != .text("unknown") }
    return failed.isEmpty ? blocking : failed
  }

  /// What a verdict means for the operator (README, Operations).
  static func mood(_ verdict: JSONValue?) -> Field.Mood? {
    switch verdict {
    case .text("holding"), .text("standby"): .good
    case .text("claiming"), .text("paused"), .text("unknown"): .attention
    case .text: .bad
    default: nil
    }
  }

  static func mood(ofPair verdict: JSONValue?) -> Field.Mood? {
    switch verdict {
    case .text("healthy"): .good
    case .text("peerNotReady"), .text("peerUnreachable"): .attention
    case .text: .bad
    default: nil
    }
  }

  /// What does not keep the router from being ready only warns.
  private static func mood(ofCheck check: JSONValue) -> Field.Mood {
    if check["ok"]?.isTrue == true { return .good }
    return isBlocking(check) ? .bad : .attention
  }

  /// A daemon of before an upgrade does not tell.
  private static func isBlocking(_ check: JSONValue) -> Bool {
    check["blocking"]?.isTrue ?? (check["ok"]?.isTrue == false)
  }

  static func mood(isTrue value: JSONValue?) -> Field.Mood? {
    value?.isTrue.map { $0 ? .good : .bad }
  }
}
