/// The state of the two routers together in one word; the worst first.
enum PairVerdict: String, Sendable, CaseIterable, Comparable {
  /// Both say that they are MASTER.
  case twoMasters
  /// Nobody holds a VIP.
  case dark
  /// Neither says that it is MASTER.
  case noMaster
  /// One is MASTER and another interface holds the VIP.
  case wrongHolder
  /// The other router can't be asked: nobody can tell whether it could take over.
  case peerUnreachable
  /// One of the two could not take over now.
  case peerNotReady
  /// One is MASTER and holds the VIPs, the other is ready.
  case healthy

  static func < (left: PairVerdict, right: PairVerdict) -> Bool {
    left.rank < right.rank
  }

  /// Traffic is, or may be, going nowhere or to the wrong router.
  var isTrouble: Bool { self < .peerUnreachable }

  private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// A verdict with what it rests on.
struct PairJudgement: Sendable, Equatable {
  var verdict: PairVerdict
  /// One line: what is the matter with which VIP, and what each router says of it.
  var detail: String
}

extension PairJudgement {
  /// Judges the pair by what both routers say: the worst of all VIPs.
  ///
  /// A MASTER's own view of the holder is the newest there is, for it guards; without one MASTER the view that
  /// changed last counts.
  init(own: RouterPicture, peer: PeerView) {
    let sides = Sides(own: own, peer: peer)
    let judgements = own.vips.map { sides.judge($0.vip) }
    let worst = judgements.min { $0.verdict < $1.verdict }
    self = worst ?? PairJudgement(verdict: .peerNotReady, detail: "this router does not know its VIPs yet")
  }
}

/// Both routers, one VIP at a time.
private struct Sides {
  let own: RouterPicture
  /// Nil while the other router can't be asked.
  let other: RouterPicture?
  let reach: PeerView.Reach

  init(own: RouterPicture, peer: PeerView) {
    self.own = own
    reach = peer.reach
    other = peer.reach == .reached ? peer.picture : nil
  }

  func judge(_ vip: String) -> PairJudgement {
    let verdict = verdict(on: vip)
    // Much of it is what the other router said.
    return PairJudgement(verdict: verdict, detail: oneLine(words(on: vip, verdict)))
  }

  private func verdict(on vip: String) -> PairVerdict {
    let masters = masters(of: vip)
    if masters.count > 1 { return .twoMasters }
    let holder = holder(of: vip)
    if case .nobody = holder { return .dark }
    guard let other else {
      return own.group(of: vip)?.isMaster == true && holder.isOther(than: masters.first)
        ? .wrongHolder : .peerUnreachable
    }
    guard let master = masters.first else { return .noMaster }
    if holder.isOther(than: master) { return .wrongHolder }
    let isKnownToBoth = other[vip] != nil
    return isKnownToBoth && own.readiness.ready && other.readiness.ready ? .healthy : .peerNotReady
  }

  // MARK: Facts

  private enum HolderFact {
    case unknown
    case nobody
    case interface(String)

    init(_ picture: RouterPicture.VIPPicture?) {
      guard let picture, picture.observedAt != nil else {
        self = .unknown
        return
      }
      self = picture.holder.map { .interface($0.networkInterfaceId) } ?? .nobody
    }

    func isOther(than group: RouterPicture.GroupPicture?) -> Bool {
      guard case .interface(let held) = self, let wanted = group?.networkInterfaceId else { return false }
      return held != wanted
    }
  }

  private var pictures: [RouterPicture] { [own] + (other.map { [$0] } ?? []) }

  private func masters(of vip: String) -> [RouterPicture.GroupPicture] {
    pictures.compactMap { $0.group(of: vip) }.filter(\.isMaster)
  }

  private func holder(of vip: String) -> HolderFact {
    let masters = pictures.filter { $0.group(of: vip)?.isMaster == true }
    let asked = masters.count == 1 ? masters : pictures
    let views = asked.compactMap { $0[vip] }.filter { $0.observedAt != nil }
    let all = views.isEmpty ? pictures.compactMap { $0[vip] } : views
    // RFC 3339 in UTC, all with milliseconds: the order of the texts is that of the times.
    return HolderFact(all.max { ($0.observedAt ?? "") < ($1.observedAt ?? "") })
  }

  // MARK: Words

  private func words(on vip: String, _ verdict: PairVerdict) -> String {
    switch verdict {
    case .healthy:
      "\(masterName(of: vip)) is MASTER and holds \(vip); the other is ready\(disagreement(on: vip))"
    case .twoMasters: "both are MASTER for \(vip); look at VRRP between them. \(evidence(on: vip))"
    case .noMaster: "neither is MASTER for \(vip); look at keepalived on both. \(evidence(on: vip))"
    case .dark: "nobody holds \(vip). \(evidence(on: vip))"
    case .wrongHolder: "\(vip) is not on the MASTER's interface. \(evidence(on: vip))"
    case .peerUnreachable: "the other router can't be asked (\(reason)). \(said(own, "this router", vip))"
    case .peerNotReady: notReady(vip)
    }
  }

  private var reason: String {
    if case .unreachable(let reason) = reach { return reason }
    return "not read yet"
  }

  private func masterName(of vip: String) -> String {
    own.group(of: vip)?.isMaster == true ? "this router" : "the other router"
  }

  private func notReady(_ vip: String) -> String {
    let sides = [("this router", own), ("the other router", other)].compactMap { name, picture in
      picture.flatMap { $0.readiness.ready ? nil : "\(name) is not ready: \(failed($0))" }
    }
    let unknown = other.map { $0[vip] == nil } == true ? ["the other router does not know \(vip)"] : []
    return (unknown + sides).joined(separator: "; ")
  }

  private func failed(_ picture: RouterPicture) -> String {
    picture.missing.prefix(3).map { "\($0.name): \($0.detail)" }.joined(separator: ", ")
  }

  private func evidence(on vip: String) -> String {
    let theirs = other.map { "; " + said($0, "the other router", vip) } ?? "; the other router: \(reason)"
    return said(own, "this router", vip) + theirs
  }

  private func said(_ picture: RouterPicture, _ name: String, _ vip: String) -> String {
    guard let group = picture.group(of: vip) else { return "\(name) does not know \(vip)" }
    let since = group.vrrp.since.map { " since \($0)" } ?? ""
    return "\(name) says \(group.vrrp.state ?? "nothing of VRRP")\(since) (\(group.vrrp.source)), has "
      + "\(group.networkInterfaceId ?? "no known interface") and sees \(vip) \(place(picture[vip]))"
  }

  private func place(_ view: RouterPicture.VIPPicture?) -> String {
    guard let view, let since = view.observedAt else { return "nowhere yet: not observed" }
    let by = view.source.map { ", by \($0)" } ?? ""
    return (view.holder.map { "on \($0.networkInterfaceId)" } ?? "on no interface") + " since \(since)\(by)"
  }

  /// The two see the VIP in different places, of which one is right.
  private func disagreement(on vip: String) -> String {
    guard let mine = own[vip], let theirs = other?[vip], mine.observedAt != nil, theirs.observedAt != nil,
      mine.holder?.networkInterfaceId != theirs.holder?.networkInterfaceId
    else { return "" }
    return ", but the two disagree: \(evidence(on: vip))"
  }
}
