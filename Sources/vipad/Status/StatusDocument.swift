import Audit
import Failover
import FoundationEssentials

/// The whole picture: the answer to `GET /status`.
///
/// No member changes by itself, so that the ETag of a quiet daemon stays: times say since when the value
/// beside them is what it is.
struct StatusDocument: JSONDocument {
  struct VRRP: JSONDocument {
    @OrNull var state: String?
    @OrNull var since: String?
    var source: String
  }

  struct GroupDocument: JSONDocument {
    var group: String
    var verdict: String
    /// Since when the verdict is what it is.
    @OrNull var since: String?
    @OrNull var networkInterfaceId: String?
    var vrrp: VRRP
    @OrNull var lastClaim: ClaimDocument?
  }

  struct HolderDocument: JSONDocument {
    var networkInterfaceId: String
    @OrNull var instanceId: String?
  }

  struct VIPDocument: JSONDocument {
    var vip: String
    var group: String
    @OrNull var held: Bool?
    var confirmed: Bool
    @OrNull var onInterface: Bool?
    @OrNull var holder: HolderDocument?
    @OrNull var observedAt: String?
    @OrNull var source: String?
  }

  struct Check: JSONDocument {
    var name: String
    /// False also for a check that could not be made.
    var ok: Bool
    /// `ok`, `failed` or `unknown`.
    var state: String
    /// As it stands, it keeps this router from being ready.
    var blocking: Bool
    var detail: String
    @OrNull var remedy: String?
    var checkedAt: String
  }

  struct Readiness: JSONDocument {
    var ready: Bool
    var checks: [Check]
  }

  struct EC2: JSONDocument {
    @OrNull var endpoint: String?
    @OrNull var lastSuccessAt: String?
    @OrNull var lastError: String?
    @OrNull var clockSkewMilliseconds: Double?
  }

  struct AuditDocument: JSONDocument {
    var ok: Bool
    @OrNull var reason: String?
    var seq: UInt64
    var headHash: String
    var chainId: String
    @OrNull var peerHead: PeerHeadDocument?
    @OrNull var copiesTo: String?
    var copiesDropped: UInt64
  }

  /// Where the peer's chain was last noted to end; `recordedAs` is the record of this log that says so.
  struct PeerHeadDocument: JSONDocument {
    var chainId: String
    var seq: UInt64
    var headHash: String
    var recordedAs: UInt64
  }

  var version: String
  var startedAt: String
  var changedAt: String
  var verdict: String
  var groups: [GroupDocument]
  var vips: [VIPDocument]
  var readiness: Readiness
  var ec2: EC2
  var audit: AuditDocument
  @OrNull var pair: PairDocument?
  @OrNull var notify: NotifyDocument?
}

extension StatusDocument.GroupDocument {
  init(_ group: Group, clock: DaemonClock) {
    self.init(
      group: group.name, verdict: group.verdict.rawValue,
      since: group.verdictSince.map { clock.date(of: $0).rfc3339 },
      networkInterfaceId: group.networkInterfaceId,
      vrrp: StatusDocument.VRRP(group, clock: clock),
      lastClaim: group.claim.map { ClaimDocument($0, clock: clock) })
  }
}

extension StatusDocument.AuditDocument {
  init(_ health: AuditHealth) {
    self.init(
      ok: health.ok, reason: health.reason, seq: health.seq, headHash: health.headHash,
      chainId: health.chainId,
      peerHead: health.peerHead.map { head in
        StatusDocument.PeerHeadDocument(
          chainId: head.chainId, seq: head.seq, headHash: head.hash, recordedAs: health.peerHeadSeq ?? 0)
      }, copiesTo: health.copiesTo, copiesDropped: health.copiesDropped)
  }
}

extension StatusDocument.VRRP {
  init(_ group: Group, clock: DaemonClock) {
    self.init(
      state: group.vrrpState?.rawValue, since: group.vrrpSince.map { clock.date(of: $0).rfc3339 },
      source: "\(group.witness.rawValue): \(group.ruling.reason)")
  }
}

extension StatusDocument.VIPDocument {
  init(_ vip: String, of group: Group, ownInstanceId: String?, clock: DaemonClock) {
    let holding = group.holdings[vip]
    let isHere = holding.map(group.isHere)
    self.init(
      vip: vip, group: group.name, held: isHere, confirmed: holding?.isConfirmed ?? false,
      onInterface: group.evidence.showsVIP(to: group.witness),
      holder: holding?.holder.map { holder in
        StatusDocument.HolderDocument(
          networkInterfaceId: holder.networkInterfaceId,
          instanceId: holder.instanceId ?? (isHere == true ? ownInstanceId : nil))
      },
      observedAt: holding.map { clock.date(of: $0.observedAt).rfc3339 }, source: holding?.source.rawValue)
  }
}
