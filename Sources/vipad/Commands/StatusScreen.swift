/// The status on one screen, the answer to "who has it?" first.
struct StatusScreen {
  let status: JSONValue
  let colour: Bool

  /// The screen, without a newline at its end.
  var text: String {
    [headline, vips, routers, claims, failedChecks, notifications, foot].filter { !$0.isEmpty }.joined(
      separator: "\n\n")
  }

  private func paint(_ text: String, _ mood: Field.Mood?) -> String { painted(text, colour ? mood : nil) }

  // MARK: How does it stand?

  private var headline: String {
    let pair = status["pair"]
    let word = pair.map { $0["verdict"]?.shown ?? "not known yet" } ?? status["verdict"]?.shown ?? "-"
    let mood =
      pair.map { StatusReport.mood(ofPair: $0["verdict"]) ?? .attention }
      ?? StatusReport.mood(status["verdict"])
    let groups = status["groups"]?.elements ?? []
    let since = time(pair?["since"] ?? groups.first { $0["verdict"] == status["verdict"] }?["since"])
    let detail = pair.map { [$0["detail"]?.shown ?? ""] } ?? [PageContent.meaning(of: word)]
    return ([paint(word.uppercased(), mood) + "  since \(since)"] + detail).joined(separator: "\n")
  }

  // MARK: Who holds the VIP?

  private var vips: String {
    Table(
      rows: (status["vips"]?.elements ?? []).map { vip in
        [
          Field("vip", vip["vip"]), Field("holder", .text(holder(of: vip)), mood: holderMood(vip)),
          Field("since", .text(time(vip["observedAt"]))), Field("group", vip["group"]),
        ]
      }
    ).text(.terminal(colour: colour))
  }

  private func holder(of vip: JSONValue) -> String {
    guard vip["observedAt"] != nil else { return "not known yet" }
    guard let holder = vip["holder"] else { return "nobody" }
    let id = holder["networkInterfaceId"]?.shown ?? "-"
    if vip["held"]?.isTrue == true {
      return "this router, \(id), \(vip["confirmed"]?.isTrue == true ? "confirmed" : "not confirmed yet")"
    }
    let others = status["pair"]?["peer"]?["status"]?["groups"]?.elements ?? []
    let isPeers = others.contains { $0["networkInterfaceId"]?.shown == id }
    return isPeers ? "the other router, \(id)" : id
  }

  private func holderMood(_ vip: JSONValue) -> Field.Mood? {
    if vip["observedAt"] == nil { return .attention }
    if vip["holder"] == nil { return .bad }
    return vip["held"]?.isTrue == true ? (vip["confirmed"]?.isTrue == true ? .good : .attention) : nil
  }

  // MARK: The two routers

  private var routers: String {
    let peer = status["pair"]?["peer"]
    let other = peer.map { rows(of: $0["status"] ?? .null, named: "other router", reach: $0) } ?? []
    return Table(rows: rows(of: status, named: "this router", reach: nil) + other)
      .text(.terminal(colour: colour))
  }

  private func rows(of picture: JSONValue, named name: String, reach: JSONValue?) -> [[Field]] {
    let isOld = reach?["reachable"]?.isTrue == false
    let groups = picture["groups"]?.elements ?? []
    return (groups.isEmpty ? [.null] : groups).map { group in
      let ready = picture["readiness"]?["ready"]
      return [
        Field("router", .text(isOld ? "\(name) (old)" : name), mood: isOld ? .bad : nil),
        Field("group", group["group"]), Field("vrrp", group["vrrp"]?["state"]),
        Field("verdict", group["verdict"], mood: StatusReport.mood(group["verdict"])),
        Field("since", .text(time(group["vrrp"]?["since"]))),
        Field(
          "ready", ready?.isTrue.map { .text($0 ? "yes" : "NO") }, mood: StatusReport.mood(isTrue: ready)),
        Field("interface", group["networkInterfaceId"]), Field("evidence", group["vrrp"]?["source"]),
      ]
    }
  }

  // MARK: What was, what is missing

  private var claims: String {
    (status["groups"]?.elements ?? []).compactMap { group in
      group["lastClaim"].map { claim in
        let times = [
          ("accepted", claim["acceptedMilliseconds"]), ("confirmed", claim["confirmedMilliseconds"]),
        ]
        .compactMap { name, value in value.map { "\(name) in \($0.shown) ms" } }
        let facts = [claim["cause"]?.shown, claim["state"]?.shown].compactMap(\.self) + times
        let refusals = (claim["refused"]?.elements ?? []).map { refused in
          "\n  " + paint("\(refused["vip"]?.shown ?? "-"): \(refused["message"]?.shown ?? "-")", .bad)
        }
        return "last claim  \(time(claim["startedAt"]))  " + facts.joined(separator: ", ") + refusals.joined()
      }
    }.joined(separator: "\n")
  }

  private var failedChecks: String {
    StatusReport.missing(status).map { check in
      let remedy = check["remedy"].map { "\n  remedy: \($0.shown)" } ?? ""
      return paint("not ready", .bad) + "  \(check["name"]?.shown ?? "-"): \(check["detail"]?.shown ?? "-")"
        + remedy
    }.joined(separator: "\n")
  }

  /// What keeps notifications from their receiver; nothing where none is configured, or all is well.
  private var notifications: String {
    guard let notify = status["notify"] else { return "" }
    let checks = status["readiness"]?["checks"]?.elements ?? []
    let failed = checks.first { $0["name"] == .text("notify") && $0["state"] == .text("failed") }.map {
      check in
      paint("notifications", .attention) + "  \(check["detail"]?.shown ?? "-")"
        + (check["remedy"].map { "\n  remedy: \($0.shown)" } ?? "")
    }
    let lost = notify["lost"].map { lost in
      paint("notifications", .attention)
        + "  \(lost["count"]?.shown ?? "-") lost, the last \(time(lost["at"])): \(lost["reason"]?.shown ?? "-")"
    }
    return [failed, lost].compactMap(\.self).joined(separator: "\n")
  }

  private var foot: String {
    let audit = status["audit"]
    let log =
      audit?["ok"]?.isTrue == false
      ? paint("audit log fails: \(audit?["reason"]?.shown ?? "-")", .bad)
      : "audit log ok, record \(audit?["seq"]?.shown ?? "-")"
    let ec2 =
      status["ec2"]?["lastError"].map { paint("EC2: \($0.shown)", .bad) }
      ?? "EC2 \(status["ec2"]?["endpoint"]?.shown ?? "-")"
    return "\(log); \(ec2)\nvipad \(status["version"]?.shown ?? "-"), started \(time(status["startedAt"]))"
  }

  /// RFC 3339 in UTC as a person reads it.
  private func time(_ value: JSONValue?) -> String {
    guard let text = value?.shown, text.count >= 19 else { return value?.shown ?? "-" }
    return String(text.prefix(19).map { $0 == "T" ? " " : $0 }) + " UTC"
  }
}
