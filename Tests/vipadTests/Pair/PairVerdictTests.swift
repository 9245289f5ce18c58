import FoundationEssentials
import Testing

@testable import vipad

/// The pair's verdict as a table: what both routers say, and what follows.
struct PairVerdictTests {
  /// What one router says of the one VIP.
  struct Said: Sendable {
    var state: String? = "BACKUP"
    /// The interface it sees the VIP on; "" for nobody, nil for not observed.
    var holder: String? = "eni-a"
    var isReady = true
    var at = "2026-11-26T03:00:00.000Z"
  }

  private static let master = Said(state: "MASTER")

  @Test(arguments: [
    (master, Said(), PairVerdict.healthy),
    (Said(), Said(state: "MASTER", holder: "eni-b"), .healthy),
    (master, Said(state: "MASTER", holder: "eni-b"), .twoMasters),
    (Said(), Said(), .noMaster),
    (Said(state: "FAULT"), Said(state: "STOP"), .noMaster),
    (Said(holder: ""), Said(holder: ""), .dark),
    (Said(state: "MASTER", holder: ""), Said(), .dark),
    // The MASTER guards: what the standby saw last counts for nothing beside it.
    (master, Said(holder: ""), .healthy),
    (master, Said(holder: "eni-b"), .healthy),
    (Said(state: "MASTER", holder: "eni-b"), Said(holder: "eni-b"), .wrongHolder),
    (Said(state: "MASTER", holder: "eni-x"), Said(), .wrongHolder),
    // Without a MASTER the newer view counts.
    (Said(holder: "", at: "2026-11-26T03:00:01.000Z"), Said(), .dark),
    (Said(holder: ""), Said(at: "2026-11-26T03:00:01.000Z"), .noMaster),
    (Said(state: "MASTER", isReady: false), Said(), .peerNotReady),
    (master, Said(isReady: false), .peerNotReady),
    (Said(state: "MASTER", holder: nil), Said(holder: nil), .healthy),
    (Said(state: nil, holder: nil), Said(state: nil, holder: nil), .noMaster),
  ])
  func bothSay(_ own: Said, _ other: Said, _ verdict: PairVerdict) {
    let judgement = PairJudgement(own: picture(own, "eni-a"), peer: view(picture(other, "eni-b")))
    #expect(judgement.verdict == verdict, "\(judgement.detail)")
    #expect(!judgement.detail.contains("\n"))
  }

  @Test(arguments: [
    (master, PairVerdict.peerUnreachable), (Said(), .peerUnreachable), (Said(holder: ""), .dark),
    (Said(state: "MASTER", holder: "eni-b"), .wrongHolder),
  ])
  func theOtherCannotBeAsked(_ own: Said, _ verdict: PairVerdict) {
    var peer = view(picture(Said(state: "MASTER"), "eni-b"))
    peer.reach = .unreachable(reason: "connection refused")
    let judgement = PairJudgement(own: picture(own, "eni-a"), peer: peer)
    #expect(judgement.verdict == verdict)
    #expect(judgement.detail.contains("connection refused"))
  }

  @Test func aVIPThatTheOtherDoesNotKnowIsNotGuardedByIt() {
    var other = picture(Said(), "eni-b")
    other.vips = []
    let judgement = PairJudgement(own: picture(Self.master, "eni-a"), peer: view(other))
    #expect(
      judgement == PairJudgement(verdict: .peerNotReady, detail: "the other router does not know 10.0.1.100"))
  }

  @Test func aDisagreementIsNamedWithBothSidesEvidence() {
    let judgement = PairJudgement(
      own: picture(Self.master, "eni-a"), peer: view(picture(Said(holder: "eni-b"), "eni-b")))
    #expect(judgement.verdict == .healthy)
    #expect(judgement.detail.contains("but the two disagree"))
    #expect(judgement.detail.contains("this router says MASTER since T (kernel: why)"))
    #expect(judgement.detail.contains("sees 10.0.1.100 on eni-a since 2026-11-26T03:00:00.000Z, by ec2"))
    #expect(judgement.detail.contains("sees 10.0.1.100 on eni-b"))
  }

  /// A group's name is each router's own affair.
  @Test(arguments: [
    (Said(state: "MASTER", holder: "eni-b"), master, PairVerdict.twoMasters), (Said(), Said(), .noMaster),
    (master, Said(), .healthy),
  ])
  func eachRouterMayNameTheGroupItsOwnWay(_ own: Said, _ other: Said, _ verdict: PairVerdict) {
    var theirs = picture(other, "eni-b")
    (theirs.groups[0].group, theirs.vips[0].group) = ("vyos-aws", "vyos-aws")
    // The other has a group of that name too, for other VIPs.
    theirs.groups.insert(picture(Self.master, "eni-b").groups[0], at: 0)
    let judgement = PairJudgement(own: picture(own, "eni-a"), peer: view(theirs))
    #expect(judgement.verdict == verdict, "\(judgement.detail)")
  }

  @Test func theWorstVIPCounts() {
    var own = picture(Self.master, "eni-a")
    var lost = own.vips[0]
    (lost.vip, lost.holder) = ("10.0.1.101", nil)
    own.vips.append(lost)
    let judgement = PairJudgement(own: own, peer: view(picture(Said(), "eni-b")))
    #expect(judgement.verdict == .dark && judgement.detail.hasPrefix("nobody holds 10.0.1.101"))
  }

  // MARK: Over time

  @Test func troubleIsStatedOnlyWhenASecondReadASecondLaterShowsIt() {
    let own = picture(Self.master, "eni-a")
    var watch = PairWatch(url: "https://b/status", at: Date.now)
    let healthy = view(picture(Said(), "eni-b"))
    let two = view(picture(Said(state: "MASTER", holder: "eni-b"), "eni-b"))
    let start = ContinuousClock.now
    func take(_ view: PeerView, at seconds: Double) -> Bool {
      watch.take(view, own: own, at: Date.now, clock: start + .seconds(seconds))
    }
    #expect(!take(healthy, at: 0))
    #expect(take(two, at: 5))
    #expect(take(two, at: 5.1))
    #expect(watch.document.verdict == "healthy")
    #expect(!take(two, at: 6))
    #expect(watch.document.verdict == "twoMasters")
    #expect(!take(healthy, at: 7))
    #expect(watch.document.verdict == "healthy", "good news need no proof")
  }

  @Test func oneTroubleAfterTheOtherIsTroubleAllTheWhile() {
    var watch = PairWatch(url: "https://b/status", at: Date.now)
    let start = ContinuousClock.now
    func take(_ own: Said, _ other: Said, at seconds: Double) -> Bool {
      watch.take(
        view(picture(other, "eni-b")), own: picture(own, "eni-a"), at: Date.now,
        clock: start + .seconds(seconds))
    }
    #expect(take(Self.master, Said(state: "MASTER"), at: 0))
    #expect(take(Said(), Said(), at: 0.5))
    #expect(!take(Said(holder: ""), Said(holder: ""), at: 1))
    #expect(watch.document.verdict == "dark")
    #expect(!take(Self.master, Said(state: "MASTER"), at: 1.1))
    #expect(watch.document.verdict == "twoMasters")
  }

  @Test func allBeingWellInBetweenBeginsAnew() {
    let own = picture(Self.master, "eni-a")
    var watch = PairWatch(url: "https://b/status", at: Date.now)
    let start = ContinuousClock.now
    func take(_ view: PeerView, at seconds: Double) -> Bool {
      watch.take(view, own: own, at: Date.now, clock: start + .seconds(seconds))
    }
    let two = view(picture(Said(state: "MASTER"), "eni-b"))
    #expect(take(two, at: 0))
    #expect(!take(view(picture(Said(), "eni-b")), at: 1))
    #expect(take(two, at: 2))
    #expect(watch.document.verdict == "healthy")
  }

  private func picture(_ said: Said, _ interface: String) -> RouterPicture {
    RouterPicture(
      version: "1", startedAt: interface, verdict: "-",
      groups: [
        RouterPicture.GroupPicture(
          group: "g", verdict: "-", networkInterfaceId: interface,
          vrrp: RouterPicture.VRRP(state: said.state, since: "T", source: "kernel: why"))
      ],
      vips: [
        RouterPicture.VIPPicture(
          vip: "10.0.1.100", group: "g", held: nil, confirmed: nil,
          holder: said.holder.flatMap {
            $0.isEmpty ? nil : RouterPicture.Holder(networkInterfaceId: $0, instanceId: nil)
          }, observedAt: said.holder.map { _ in said.at }, source: "ec2")
      ], readiness: RouterPicture.Readiness(ready: said.isReady, checks: []),
      audit: RouterPicture.Audit(ok: true, reason: nil, seq: 1, headHash: "", chainId: interface))
  }

  private func view(_ picture: RouterPicture) -> PeerView {
    PeerView(url: "https://b/status", reach: .reached, since: Date.now, picture: picture)
  }
}
