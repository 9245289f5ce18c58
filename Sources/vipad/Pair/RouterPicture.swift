/// What one router says of itself, as far as the pair is judged by it: a part of its /status.
///
/// Read from the other router's answer, and made from this one's own, so that both sides are judged alike.
/// What changes without anything having happened (`changedAt`, its own view of the pair) is left out: two
/// routers that read each other would never come to rest.
struct RouterPicture: JSONDocument, Decodable {
  struct VRRP: JSONDocument, Decodable {
    var state: String?
    var since: String?
    /// Who says so, and the evidence in words.
    var source: String
  }

  struct GroupPicture: JSONDocument, Decodable {
    var group: String
    var verdict: String
    var networkInterfaceId: String?
    var vrrp: VRRP
  }

  struct Holder: JSONDocument, Decodable {
    var networkInterfaceId: String
    var instanceId: String?
  }

  struct VIPPicture: JSONDocument, Decodable {
    var vip: String
    var group: String
    /// Nil: not known.
    var held: Bool?
    var confirmed: Bool?
    /// Nil with an `observedAt`: nobody holds it.
    var holder: Holder?
    /// Since when this is what was observed; nil: never observed.
    var observedAt: String?
    var source: String?
  }

  struct Check: JSONDocument, Decodable {
    var name: String
    var ok: Bool
    /// `ok`, `failed` or `unknown`; nil where the other vipad is too old to tell.
    var state: String?
    /// It keeps the router from being ready; nil where the other vipad is too old to tell.
    var blocking: Bool?
    var detail: String
    var remedy: String?
  }

  struct Readiness: JSONDocument, Decodable {
    var ready: Bool
    /// In a picture that is kept: only those that are not ok.
    var checks: [Check]
  }

  struct Audit: JSONDocument, Decodable {
    var ok: Bool
    var reason: String?
    /// The number of the last record, and its hash: 64 hexadecimal digits.
    var seq: UInt64
    var headHash: String
    /// Nil where the other vipad is too old to tell.
    var chainId: String?
    /// Where it last noted that the other router's chain ends.
    var peerHead: PeerHead?
  }

  struct PeerHead: JSONDocument, Decodable {
    var chainId: String
    var seq: UInt64
    var headHash: String
    /// The number of its record that says so.
    var recordedAs: UInt64
  }

  var version: String
  var startedAt: String
  var verdict: String
  var groups: [GroupPicture]
  var vips: [VIPPicture]
  var readiness: Readiness
  var audit: Audit
}

extension RouterPicture {
  /// This router as the other one sees it.
  init(_ status: StatusDocument) {
    self.init(
      version: status.version, startedAt: status.startedAt, verdict: status.verdict,
      groups: status.groups.map(GroupPicture.init), vips: status.vips.map(VIPPicture.init),
      readiness: Readiness(
        ready: status.readiness.ready, checks: status.readiness.checks.filter { !$0.ok }.map(Check.init)),
      audit: Audit(
        ok: status.audit.ok, reason: status.audit.reason, seq: status.audit.seq,
        headHash: status.audit.headHash, chainId: status.audit.chainId,
        peerHead: status.audit.peerHead.map { head in
          PeerHead(
            chainId: head.chainId, seq: head.seq, headHash: head.headHash, recordedAs: head.recordedAs)
        }))
  }

  /// What keeps it from being ready: what failed, else what could not be told.
  var missing: [Check] {
    let blocking = readiness.checks.filter { $0.blocking ?? !$0.ok }
    let failed = blocking.filter { $0.state != "unknown" }
    return readiness.ready ? [] : failed.isEmpty ? blocking : failed
  }

  /// The same without the checks that are ok: nobody is told of them.
  var withoutPassedChecks: RouterPicture {
    var picture = self
    picture.readiness.checks.removeAll(where: \.ok)
    return picture
  }

  /// What the pair is judged by, without what only accompanies it.
  var isJudgedBy: [String] {
    groups.map { "\($0.group) \($0.vrrp.state ?? "-") \($0.networkInterfaceId ?? "-")" }
      + vips.map { "\($0.vip) \($0.holder?.networkInterfaceId ?? "-") \($0.observedAt ?? "-")" }
      + ["\(readiness.ready)"]
  }

  /// The group that a VIP belongs to; the two routers may have different names for it.
  func group(of vip: String) -> GroupPicture? {
    guard let name = self[vip]?.group else { return nil }
    return groups.first { $0.group == name }
  }

  /// What it knows of a VIP.
  subscript(vip: String) -> VIPPicture? { vips.first { $0.vip == vip } }
}

extension RouterPicture.GroupPicture {
  fileprivate init(_ group: StatusDocument.GroupDocument) {
    self.init(
      group: group.group, verdict: group.verdict, networkInterfaceId: group.networkInterfaceId,
      vrrp: RouterPicture.VRRP(
        state: group.vrrp.state, since: group.vrrp.since, source: group.vrrp.source))
  }

  var isMaster: Bool { vrrp.state == "MASTER" }
}

extension RouterPicture.VIPPicture {
  fileprivate init(_ vip: StatusDocument.VIPDocument) {
    self.init(
      vip: vip.vip, group: vip.group, held: vip.held, confirmed: vip.confirmed,
      holder: vip.holder.map {
        RouterPicture.Holder(networkInterfaceId: $0.networkInterfaceId, instanceId: $0.instanceId)
      }, observedAt: vip.observedAt, source: vip.source)
  }
}

extension RouterPicture.Check {
  fileprivate init(_ check: StatusDocument.Check) {
    self.init(
      name: check.name, ok: check.ok, state: check.state, blocking: check.blocking, detail: check.detail,
      remedy: check.remedy)
  }
}
