import Failover

/// Watches both routers and EC2, and says what must never be seen.
final class Referee {
  /// At rest the VIP is on the MASTER within this; where the instance metadata lies, within the longer one.
  static let restSeconds = 10.0
  static let restSecondsWithoutMetadata = 40.0
  /// How long the instance metadata may take to list what is here.
  static let confirmationSeconds = 5.0
  /// How long after a trouble of EC2's vipad may not have tried again: its slowest pace.
  static let slowestPace = 35.0
  /// A guard period, the remap that the instance metadata follows by, two reads and the pause between them.
  static let confirmedWronglySeconds = 10.0
  static let brakeBurst = 5.0
  static let brakePeriod = 2.0
  /// How long after its death keepalived may still seem to live.
  static let deathIsSeenWithin = 0.02

  /// The first thing that must not be; the run ends with it.
  private(set) var violation: String?
  /// How often a MASTER at rest was found in its place, to know that the run saw something.
  private(set) var restsSeen = 0
  private(set) var assignsSeen = 0

  private unowned let pair: Pair
  private var looksTaken = 0
  private var quietFrom = 0.0
  private var metadataQuietFrom = 0.0
  private var readsQuietFrom = 0.0
  private var places: [String: (tokens: Double, at: Double)] = [:]
  private var confirmedWronglySince: [String: Double] = [:]

  init(_ pair: Pair) { self.pair = pair }

  private var now: Double { pair.schedule.now }

  /// Something happened from outside: what follows has its time from now.
  func disturbed(for seconds: Double = 0) {
    quietFrom = max(quietFrom, now + seconds)
  }

  /// The instance metadata can't be relied on.
  func metadataDisturbed() { metadataQuietFrom = now }

  /// EC2 does not answer reads, or did not for so long that vipad asks rarely.
  func readsDisturbed(for seconds: Double) { readsQuietFrom = max(readsQuietFrom, now + seconds) }

  func processStarted(_ name: String) { places[name] = nil }

  // MARK: Each Assign

  func sees(_ daemon: Daemon, send claimId: String, _ vips: [String], _ groupName: String) {
    assignsSeen += 1
    guard let group = daemon.router?[groupName] else { return }
    let what = "\(daemon.name) sends \(claimId) for \(vips)"
    let claim = group.claim.flatMap { $0.id == claimId ? $0 : nil }
    if claim?.generation != group.generation || claim?.outcome != nil {
      note("\(what), which belongs to a generation that is over")
    }
    if !group.isMaster, claim?.isForced != true { note("\(what) without being MASTER") }
    if group.isPaused { note("\(what) while paused") }
    if !daemon.recorded.contains(claimId) { note("\(what) before its intent was recorded") }
    if daemon.calls[claimId] != nil { note("\(what) while its last Assign is under way") }
    checkVIPs(daemon, vips, claimId, what)
    checkKeepalived(daemon, isForced: claim?.isForced == true, what)
    checkBrake(daemon, what)
  }

  private func checkVIPs(_ daemon: Daemon, _ vips: [String], _ claimId: String, _ what: String) {
    for open in daemon.trail.open where open.claimId != claimId && daemon.calls[open.claimId] != nil {
      if !Set(open.vips).isDisjoint(with: vips) { note("\(what) while \(open.claimId) is in flight") }
    }
  }

  private func checkKeepalived(_ daemon: Daemon, isForced: Bool, _ what: String) {
    let keepalived = daemon.keepalived
    let patience =
      switch keepalived.process {
      case .running: Double.infinity
      case .dead: Self.deathIsSeenWithin
      case .stopped: Daemon.progressPatience.upperBound + Self.deathIsSeenWithin
      }
    if !isForced, now - keepalived.processSince > patience {
      note("\(what) although its keepalived is \(keepalived.process)")
    }
  }

  private func checkBrake(_ daemon: Daemon, _ what: String) {
    let last = places[daemon.name] ?? (Self.brakeBurst, now)
    let tokens = min(Self.brakeBurst, last.tokens + (now - last.at) / Self.brakePeriod) - 1
    if tokens < -1e-6 { note("\(what) faster than the brake allows") }
    places[daemon.name] = (tokens, now)
  }

  // MARK: Each second

  func looks() {
    checkRest()
    looksTaken += 1
    for daemon in pair.daemons {
      if daemon.isSuspended { disturbed() }
      checkConfirmed(daemon)
      if looksTaken.isMultiple(of: 20) { checkTrail(daemon) }
    }
  }

  /// Only claims that are under way have an intent and no outcome, and what is being recovered.
  private func checkTrail(_ daemon: Daemon) {
    if let fault = daemon.trail.fault { note("\(daemon.name): \(fault)") }
    let restFrom = max(quietFrom, daemon.startedAt) + Self.restSeconds
    guard let router = daemon.router, now > restFrom else { return }
    let underWay = Set(router.groups.compactMap { $0.claim?.outcome == nil ? $0.claim?.id : nil })
    for open in daemon.trail.open
    where !underWay.contains(open.claimId) && daemon.calls[open.claimId] == nil {
      note("\(daemon.name): \(open.claimId) has an intent and no outcome")
    }
  }

  private func checkConfirmed(_ daemon: Daemon) {
    guard !daemon.isSuspended else {
      confirmedWronglySince = [:]
      return
    }
    for group in daemon.router?.groups.map(\.self) ?? [] {
      for vip in group.vips {
        let key = "\(daemon.name) \(vip)"
        let saysConfirmed = group.holdings[vip]?.isConfirmed == true && group.claim?.isForced != true
        guard saysConfirmed, pair.cloud.holder(of: vip) != daemon.networkInterfaceId else {
          confirmedWronglySince[key] = nil
          continue
        }
        let since = max(confirmedWronglySince[key] ?? now, readsQuietFrom)
        confirmedWronglySince[key] = since
        let limit = metadataIsHonest ? Self.confirmedWronglySeconds : Self.restSecondsWithoutMetadata
        if now - since > limit {
          note("\(daemon.name) says since \(since) that \(vip) is confirmed, and EC2 says otherwise")
        }
      }
    }
  }

  private var metadataIsHonest: Bool { now - metadataQuietFrom >= Self.restSecondsWithoutMetadata }

  private func checkRest() {
    guard now - quietFrom >= (metadataIsHonest ? Self.restSeconds : Self.restSecondsWithoutMetadata) else {
      return
    }
    let masters = pair.daemons.filter(\.keepalived.isMaster)
    guard masters.count == 1, let master = masters.first, let router = master.router else { return }
    guard !router.groups.contains(where: \.isPaused) else { return }
    guard pair.witness == .kernel || hooksToldTheTruth else { return }
    restsSeen += 1
    for vip in pair.groups.flatMap(\.vips) where pair.cloud.holder(of: vip) != master.networkInterfaceId {
      note("at rest, \(master.name) is MASTER and \(pair.cloud.holder(of: vip) ?? "nobody") holds \(vip)")
    }
    guard metadataIsHonest, now - quietFrom > Self.restSeconds + Self.confirmationSeconds else { return }
    for group in router.groups where ![.holding, .contended].contains(group.verdict) {
      note("at rest, \(master.name) is MASTER and \(group.name) says \(group.verdict)")
    }
  }

  private var hooksToldTheTruth: Bool {
    pair.daemons.allSatisfy { daemon in
      (daemon.router?.groups.map(\.self) ?? []).allSatisfy { $0.isMaster == daemon.keepalived.isMaster }
    }
  }

  func note(_ what: String) {
    violation = violation ?? "at \(now) s: \(what)"
  }
}
