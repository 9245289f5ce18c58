import AWS
import Audit
import Failover
import FoundationEssentials
import Logging
import Netlink

/// What is shown of the daemon: made anew after each event, and put on show only where it changed.
extension Daemon {
  func publish() {
    isPublishing = false
    // Comes again with the claim's next event.
    guard intentsBeingWritten == 0 else { return }
    do {
      try publishStatus()
      try publishWhoami()
    } catch {
      logger.error("the status could not be written as JSON: \(error)")
    }
    tellThoseWhoWait()
  }

  private func tellThoseWhoWait() {
    for (claim, ticket) in outcomes { board.post(claim, outcome: ticket) }
    outcomes = []
    for group in router.groups {
      if let claim = group.claim { board.post(claim) }
      resumeSilence(of: group.name)
    }
    for continuation in awaitingPublication { continuation.resume() }
    awaitingPublication = []
  }

  private func publishStatus() throws {
    checkWhatIsDecided()
    var document = statusDocument()
    document.changedAt = shown?.changedAt ?? startedAt
    guard document != shown else { return }
    document.changedAt = Date.now.rfc3339
    try snapshots.publish(document)
    warn(of: document)
    tellServiceManager(of: document)
    shown = document
    tellReadiness(of: document)
    refreshPair(document)
  }

  /// Puts the groups' verdicts, and what a failover would lack, into `systemctl status`.
  private func tellServiceManager(of document: StatusDocument) {
    let verdicts = document.groups.map { "\($0.group) \($0.verdict)" }.joined(separator: ", ")
    let missing = document.readiness.checks.filter(\.blocking).map(\.name).joined(separator: ", ")
    let line = document.readiness.ready ? verdicts : "\(verdicts); not ready: \(missing)"
    guard line != shownLine else { return }
    shownLine = line
    do {
      try notification.send(.status(line))
    } catch {
      logger.warning("\(error)")
    }
  }

  /// The checks that follow from the groups' state.
  private func checkWhatIsDecided() {
    if let pause {
      checks.note(.failed(.pause, "all claims are stopped \(pause.words)", "vipad resume"))
    } else {
      checks.note(.ok(.pause, "claims are not paused"))
    }
    let problem = router.groups.lazy.compactMap(\.evidence.problem).first
    checks.note(.vrrp(problem))
    checks.forgetOld(at: DaemonClock.uptime())
  }

  /// Raises the alarm once when two routers have begun to fight, and ends it.
  private func warn(of document: StatusDocument) {
    let contended = Verdict.contended.rawValue
    for group in document.groups {
      let before = shown?.groups.first { $0.group == group.group }?.verdict
      guard group.verdict != before, group.verdict == contended || before == contended else { continue }
      tellContention(of: group, began: group.verdict == contended)
      guard group.verdict == contended else { continue }
      logger.warning(
        "group \(group.group): another router keeps taking the VIP; two are MASTER, look at VRRP on both")
    }
  }

  private func publishWhoami() throws {
    let document = whoamiDocument()
    guard document != shownWhoami else { return }
    try snapshots.publish(document)
    shownWhoami = document
  }

  private func statusDocument() -> StatusDocument {
    let groups = configuration.groups.compactMap { router[$0.name] }
    return StatusDocument(
      version: Vipad.version, startedAt: startedAt, changedAt: "",
      verdict: (groups.map(\.verdict).min() ?? .unknown).rawValue,
      groups: groups.map { StatusDocument.GroupDocument($0, clock: clock) },
      vips: groups.flatMap(vipDocuments), readiness: StatusDocument.Readiness(checks, clock: clock),
      ec2: StatusDocument.EC2(
        endpoint: client?.endpoint.url, lastSuccessAt: ec2.lastSuccessAt?.rfc3339, lastError: ec2.lastError,
        clockSkewMilliseconds: ec2.clockSkewMilliseconds),
      audit: StatusDocument.AuditDocument(log.health), pair: pair?.document,
      notify: notifier.document)
  }

  private func vipDocuments(of group: Group) -> [StatusDocument.VIPDocument] {
    group.vips.map { vip in
      StatusDocument.VIPDocument(
        vip, of: group, ownInstanceId: identities[group.name]?.instanceId, clock: clock)
    }
  }

  /// Who this router is; with several interfaces, the first group's.
  private func whoamiDocument() -> WhoamiDocument {
    let first = configuration.groups.first?.name ?? ""
    let held = cloud.credentials.held()
    var document = WhoamiDocument.starting(at: startedAt)
    document.show(identities[first], reason: checks.detail(of: .identity))
    document.interfaceName = interfaceName
    if interfaceName == nil {
      document.unavailable["interfaceName"] =
        document.macAddress.map { "the kernel has no interface with the MAC address \($0)" }
        ?? checks.detail(of: .identity)
    }
    document.show(held, reason: checks.detail(of: .credentials))
    return document
  }
}

extension StatusDocument {
  /// What is shown before anything is known.
  static func starting(_ configuration: Configuration, at startedAt: String) -> StatusDocument {
    StatusDocument(
      version: Vipad.version, startedAt: startedAt, changedAt: startedAt, verdict: Verdict.unknown.rawValue,
      groups: [], vips: [],
      readiness: StatusDocument.Readiness(
        Failover.Readiness(configuration.readiness), clock: DaemonClock()), ec2: EC2(),
      audit: AuditDocument(
        ok: true, seq: 0, headHash: String(repeating: "0", count: 64), chainId: "", copiesDropped: 0))
  }
}

extension WhoamiDocument {
  /// What is shown before anything is known.
  static func starting(at startedAt: String) -> WhoamiDocument {
    WhoamiDocument(
      credentials: CredentialsDocument(), version: Vipad.version, startedAt: startedAt, unavailable: [:])
  }

  fileprivate mutating func show(_ identity: Identity?, reason: String) {
    instanceId = identity?.instanceId
    networkInterfaceId = identity?.networkInterfaceId
    deviceIndex = identity?.deviceIndex
    macAddress = identity?.macAddress
    privateIpAddress = identity?.privateIpAddress
    subnetId = identity?.subnetId
    vpcId = identity?.vpcId
    availabilityZone = identity?.availabilityZone
    region = identity?.region
    accountId = identity?.accountId
    explainNulls(identity == nil ? reason : "neither the instance metadata nor EC2 told it")
  }

  fileprivate mutating func show(_ held: HeldCredentials?, reason: String) {
    credentials = CredentialsDocument(
      source: held?.source, accessKeyId: held?.accessKeyId, expiration: held?.expiration?.rfc3339)
    if held == nil { unavailable["credentials"] = reason }
  }

  private mutating func explainNulls(_ reason: String) {
    let members: [(String, Bool)] = [
      ("instanceId", instanceId == nil), ("networkInterfaceId", networkInterfaceId == nil),
      ("deviceIndex", deviceIndex == nil), ("macAddress", macAddress == nil),
      ("privateIpAddress", privateIpAddress == nil), ("subnetId", subnetId == nil), ("vpcId", vpcId == nil),
      ("availabilityZone", availabilityZone == nil), ("region", region == nil),
      ("accountId", accountId == nil),
    ]
    for (name, isNull) in members where isNull { unavailable[name] = reason }
  }
}
