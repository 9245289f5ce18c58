import AWS
import Failover
import FoundationEssentials
import Logging

/// The checks that nothing else in the daemon makes by itself.
extension Daemon {
  static let surveyPeriod = Duration.seconds(20)
  /// Each is asked about with the next read, and EC2 takes 200 values in the filters of one call.
  static let mostInterfacesSeen = 50

  /// Looks at this machine's files, the resolver and the credentials, every 20 s.
  func followReadiness() async {
    checks.note(.ok(.configuration, configuration.file))
    if !probe.isOn { checks.note(.unprobed) }
    while !Task.isCancelled {
      await surveyHere()
      publishSoon()
      guard await thread.slept(for: Self.surveyPeriod) else { return }
    }
  }

  /// The daemon runs; `problem`: what it goes on without.
  func noteRunning(problem: String?) {
    checks.note(Finding.running.butFor(problem))
    publishSoon()
  }

  private func surveyHere() async {
    noteCredentials()
    let survey = LocalSurvey(
      configuration: configuration, keepalivedProcessId: witnesses.keepalivedProcessId)
    let found = await survey.result()
    checks.note(found.hook)
    checks.note(found.addressCopier)
    witnesses.note(found.addressCopiers)
    auditRoom = found.auditRoom
    noteAuditHealth()
    await resolveEndpoint()
  }

  /// Asks the resolver for EC2's name; that may take long.
  func resolveEndpoint() async {
    guard let client else { return }
    endpointAddresses = await HostAddresses.resolve(EndpointFinding.host(of: client.endpoint.url))
    noteEC2()
    publishSoon()
  }

  /// Shows the credentials held, or why there are none.
  func noteCredentials() {
    guard cloud.credentials.held() != nil || cloud.credentials.lastFailure != nil else { return }
    checks.note(
      .credentials(
        cloud.credentials.held(), lastFailure: cloud.credentials.lastFailure,
        now: cloud.skew.signingDate(Date.now)))
  }

  /// A configuration that was read anew was refused: the old one is in force.
  func configurationRefused(_ reason: String) {
    checks.note(
      .failed(
        .configuration, "the old settings stay in force; \(configuration.file) was refused: \(reason)",
        "mend the file and reload: systemctl reload vipad"))
    publishSoon()
  }

  /// The whole picture with the ages of its parts.
  func readyDocument() -> ReadyDocument {
    checks.forgetOld(at: DaemonClock.uptime())
    return ReadyDocument(checks, source: "daemon", clock: clock)
  }

  // MARK: What EC2 shows

  /// The groups that one read of EC2 serves: this one, and those of its VPC that are not being read.
  func groupsRead(with name: String) -> [String] {
    let others = configuration.groups.map(\.name).filter { other in
      other != name && identities[other] != nil && identities[other]?.vpcId == identities[name]?.vpcId
        && router[other]?.isReading == false
    }
    return [name] + others
  }

  /// Reads the holders of all the groups' VIPs and the interfaces that are to have them, with one call.
  func survey(of groups: [String]) async throws -> [AWS.Holder] {
    guard let client, let name = groups.first else { throw CancellationError() }
    let vips = groups.flatMap { router[$0]?.vips ?? [] }
    let others = groups.compactMap { identities[$0]?.privateIpAddress } + peerAddresses
    probe.called(at: DaemonClock.uptime())
    do throws(EC2Failure) {
      let survey = try await client.survey(
        of: vips, with: others, vpcId: identities[name]?.vpcId)
      note(.success(()))
      seen(survey.interfaces, asked: others)
      return survey.holders
    } catch {
      note(.failure(error))
      noteDescribe(.failure(error))
      throw error
    }
  }

  /// Primary addresses of the interfaces that held a VIP: so the peer's stays in sight.
  private var peerAddresses: [String] {
    let own = Set(identities.values.map(\.networkInterfaceId))
    let peers = interfacesSeen.values.filter { !own.contains($0.networkInterfaceId) }
    return peers.compactMap(\.privateIpAddress).sorted()
  }

  private func noteDescribe(_ answer: Result<Void, EC2Failure>) {
    let isRefused = client?.isDescribeNetworkInterfacesRefused ?? false
    if let finding = Finding.describe(answer, isNetworkInterfacesRefused: isRefused) { checks.note(finding) }
  }

  /// Keeps this router's interfaces, those that hold a VIP, and those that did while they still exist.
  private func seen(_ interfaces: [EC2NetworkInterface], asked: [String]) {
    let own = Set(identities.values.map(\.networkInterfaceId))
    let vips = Set(configuration.groups.flatMap(\.vips))
    for (id, known) in interfacesSeen where known.privateIpAddress.map(asked.contains) ?? true {
      if !interfaces.contains(where: { $0.networkInterfaceId == id }) { interfacesSeen[id] = nil }
    }
    for interface in interfaces {
      let id = interface.networkInterfaceId
      let isHolder = !vips.isDisjoint(with: interface.privateIpAddresses)
      let hasRoom = own.contains(id) || isHolder && interfacesSeen.count < Self.mostInterfacesSeen
      if hasRoom || interfacesSeen[id] != nil { interfacesSeen[id] = interface }
    }
    noteDescribe(.success(()))
    judgeInterfaces()
    surveyed.give()
  }

  /// Judges anew what EC2 has shown.
  func judgeInterfaces() {
    let targets = configuration.groups.compactMap { group in
      identities[group.name].map {
        InterfaceFindings.Target(vips: group.vips, networkInterfaceId: $0.networkInterfaceId)
      }
    }
    let findings = InterfaceFindings(seen: interfacesSeen, targets: targets, addressLimit: addressLimit)
    for finding in findings.all where finding.name != .addressLimit || isAddressLimitAsked {
      checks.note(finding)
    }
    publishSoon()
  }
}
