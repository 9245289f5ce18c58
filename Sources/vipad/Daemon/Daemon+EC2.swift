import AWS
import Failover
import FoundationEssentials
import Logging

/// Calls to EC2 and to the instance metadata that the groups want.
extension Daemon {
  /// Without instance metadata a confirmation is a read of EC2, which has a price.
  static let pauseBeforeEC2Confirmation = Duration.seconds(2)

  /// Looks at the evidence once more and sends the Assign, unless that ended the claim.
  func sendAssign(claimId: String, vips: [String], for name: String) {
    running[name]?.sentAt = DaemonClock.uptime()
    thread.keepOthersBack(for: Self.headStart)
    running[name]?.sending = start { daemon in
      await daemon.look()
      let answer = await daemon.assign(vips, claimId: claimId, for: name)
      await daemon.assignAnswered(answer, claimId: claimId, for: name)
    }
  }

  /// Whether an Assign has been under way for longer than its time limits and a refresh of credentials explain.
  func hasOverdueAssign() -> Bool {
    let limit = Duration.seconds(30 + 2 * configuration.aws.requestTimeoutSeconds)
    let now = DaemonClock.uptime()
    return running.values.contains { $0.sentAt.map { now - $0 > limit } ?? false }
  }

  private func assign(
    _ vips: [String], claimId: String, for name: String
  ) async -> Result<EC2Accepted, EC2Failure> {
    guard router[name]?.isSending(claimId) == true else { return .failure(.withdrawn(vips)) }
    running[name]?.hasSent = true
    let first = router[name]?.claim.flatMap { $0.attempts.isEmpty ? $0.startedAt : nil }
    let handedOverAt = DaemonClock.uptime()
    let answer = await Self.assign(
      vips, to: router[name]?.networkInterfaceId, by: client, claimId: claimId)
    if let first { cloud.tally.took(.eventToWire, seconds: handedOverAt.seconds - first.seconds) }
    return answer
  }

  private static func assign(
    _ vips: [String], to networkInterfaceId: String?, by client: EC2Client?, claimId: String
  ) async -> Result<EC2Accepted, EC2Failure> {
    guard let client, let networkInterfaceId else {
      return .failure(
        EC2Failure(
          call: "AssignPrivateIpAddresses", subject: vips.joined(separator: ", "), failureClass: .identity,
          message: "the Region or the interface is not known yet", wasSent: false))
    }
    do {
      return .success(
        try await client.assignPrivateIpAddresses(
          vips, networkInterfaceId: networkInterfaceId, claimId: claimId))
    } catch {
      return .failure(error)
    }
  }

  private func assignAnswered(
    _ answer: Result<EC2Accepted, EC2Failure>, claimId: String, for name: String
  ) {
    running[name]?.sentAt = nil
    thread.letOthersRun()
    note(answer.map { _ in () })
    if let finding = Finding.assign(answer.map { _ in () }) { checks.note(finding) }
    switch answer {
    case .success(let accepted):
      cloud.tally.took(.ec2, seconds: accepted.milliseconds / 1000)
      let acceptance = AssignAnswer.Acceptance(
        httpStatus: accepted.httpStatus, awsRequestId: accepted.awsRequestId)
      handle(
        .assignAnswered(
          claimId: claimId, AssignAnswer(.success(acceptance), milliseconds: accepted.milliseconds)),
        for: name)
    case .failure(let failure):
      if !failure.isCancelled { journal("claim \(claimId): \(failure)", level: .warning) }
      handle(
        .assignAnswered(
          claimId: claimId, AssignAnswer(.failure(Refusal(failure)), milliseconds: failure.milliseconds)),
        for: name)
    }
  }

  func readHolders(of vips: [String], for name: String) {
    let begunAt = DaemonClock.uptime()
    let groups = groupsRead(with: name)
    _ = start { daemon in
      do {
        let holders = try await daemon.survey(of: groups)
        for group in groups { await daemon.holdersRead(holders, begunAt: begunAt, for: group) }
      } catch {
        await daemon.handle(.holdersUnreadable, for: name)
      }
    }
  }

  private func holdersRead(_ all: [AWS.Holder], begunAt: Uptime, for name: String) {
    guard let vips = router[name]?.vips else { return }
    let holders = all.filter { vips.contains($0.vip) }
    reconcile(holders, for: name)
    let byVIP = holders.map { holder in
      (
        holder.vip,
        Failover.Holder(networkInterfaceId: holder.networkInterfaceId, instanceId: holder.instanceId)
      )
    }
    handle(.holdersRead(begunAt: begunAt, holders: Dictionary(byVIP) { first, _ in first }), for: name)
  }

  func readLocalAddresses(for name: String) {
    let begunAt = DaemonClock.uptime()
    _ = start { daemon in
      let event: Event
      do {
        let addresses = try await daemon.localAddresses(for: name)
        event = .localAddressesRead(begunAt: begunAt, addresses: Set(addresses))
        daemon.cloud.tally.looked(isAnswered: true)
      } catch {
        event = .localAddressesUnreadable
        daemon.cloud.tally.looked(isAnswered: false)
      }
      await daemon.handle(event, for: name)
    }
  }

  /// The VIPs that this router's interface has: by the instance metadata, or without one by EC2.
  private func localAddresses(for name: String) async throws -> [String] {
    guard let identity = identities[name], let client else { return [] }
    guard identity.isFromMetadata, let macAddress = identity.macAddress else {
      guard await thread.slept(for: Self.pauseBeforeEC2Confirmation) else { throw CancellationError() }
      return try await holders(of: router[name]?.vips ?? [], vpcId: identity.vpcId, by: client)
        .filter { $0.networkInterfaceId == identity.networkInterfaceId }.map(\.vip)
    }
    return try await addresses(of: macAddress)
  }

  /// The addresses that the instance metadata lists of an interface; notes whether it answers.
  func addresses(of macAddress: String) async throws(InstanceMetadataError) -> [String] {
    do throws(InstanceMetadataError) {
      let addresses = try await cloud.metadata.localIPv4s(macAddress: macAddress)
      checks.note(.ok(.metadata, "the instance metadata answers"))
      return addresses
    } catch {
      noteMissing(
        .failed(.metadata, "\(error)", "enable the instance metadata service (IMDSv2) of this instance"))
      throw error
    }
  }

  /// Asks EC2 who holds the VIPs and notes how it answered.
  func holders(
    of vips: [String], vpcId: String?, by client: EC2Client
  ) async throws(EC2Failure) -> [AWS.Holder] {
    do {
      let holders = try await client.holders(of: vips, vpcId: vpcId)
      note(.success(()))
      return holders
    } catch {
      note(.failure(error))
      throw error
    }
  }

  /// Notes for /status how EC2 answered.
  func note(_ answer: Result<Void, EC2Failure>) {
    switch answer {
    case .success: ec2.succeeded(skew: cloud.skew)
    case .failure(let failure): ec2.failed(failure, skew: cloud.skew)
    }
    noteEC2()
  }

  func noteEC2() {
    let way = EndpointFinding(
      url: client?.endpoint.url ?? "", warm: ec2.warm, trouble: ec2.trouble, addresses: endpointAddresses,
      mustBePrivate: configuration.readiness.privateEndpoint)
    if let finding = way.finding { checks.note(finding) }
    checks.note(.clock(skewMilliseconds: ec2.clockSkewMilliseconds))
  }
}

extension EC2Failure {
  /// The router left MASTER before the call was sent.
  fileprivate static func withdrawn(_ vips: [String]) -> EC2Failure {
    EC2Failure(
      call: "AssignPrivateIpAddresses", subject: vips.joined(separator: ", "), failureClass: .transient,
      message: "not sent: the claim ended first", wasSent: false, isCancelled: true)
  }
}

extension Refusal {
  init(_ failure: EC2Failure) {
    self.init(
      RefusalClass(failure.failureClass), httpStatus: failure.httpStatus, errorCode: failure.errorCode,
      message: failure.description, awsRequestId: failure.awsRequestId,
      retryAfterMilliseconds: failure.retryAfterMilliseconds, wasSent: failure.wasSent)
  }
}

extension RefusalClass {
  init(_ failureClass: FailureClass) {
    self =
      switch failureClass {
      case .throttled: .throttled
      case .transient: .transient
      case .credentials: .credentials
      case .permission: .permission
      case .identity: .identity
      case .configuration: .configuration
      }
  }
}
