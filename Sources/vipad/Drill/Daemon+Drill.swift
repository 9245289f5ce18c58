import AWS
import Audit
import Failover
import FoundationEssentials
import Logging

/// Why there was no drill; the routes choose the status.
enum DrillRefusal: Error, Sendable {
  case notConfigured
  case paused
  case busy
  /// What is not known yet, in words.
  case notReady(String)
  case outside(vip: String, subnets: [String])
  /// `onFailure = "refuse"`, and why the log does not take the intent.
  case notRecorded(String)
  case refused(EC2Failure, claimId: String)
}

/// What a drill needs to know before it begins.
private struct DrillPlan: Sendable {
  let vip: String
  let identity: Identity
  let client: EC2Client
  let claimId: String
}

/// Moves the address that is set aside for it, by the way that a claim goes, and times each step.
extension Daemon {
  /// How long the instance metadata may take to show the address.
  static let drillPatience = Duration.seconds(20)
  static let pauseBetweenLooks = Duration.milliseconds(200)

  /// `POST /drill`: `arrivedAt` is when the request was read.
  ///
  /// It ends early when the daemon does, or claims are paused.
  func drill(arrivedAt: Uptime, actor: AuditActor) async -> Result<DrillDocument, DrillRefusal> {
    let plan: DrillPlan
    do throws(DrillRefusal) { plan = try drillPlan() } catch { return .failure(error) }
    let task = Task(executorPreference: thread) {
      await self.result(of: plan, arrivedAt: arrivedAt, actor: actor)
    }
    drilling = task
    defer { drilling = nil }
    return await task.value
  }

  private func result(
    of plan: DrillPlan, arrivedAt: Uptime, actor: AuditActor
  ) async -> Result<DrillDocument, DrillRefusal> {
    do throws(DrillRefusal) {
      return .success(try await run(plan, arrivedAt: arrivedAt, actor: actor))
    } catch {
      return .failure(error)
    }
  }

  /// The address of the drill and the interface in whose subnet it is.
  private func drillPlan() throws(DrillRefusal) -> DrillPlan {
    guard let vip = configuration.drill.vip else { throw .notConfigured }
    guard pause == nil else { throw .paused }
    guard !router.groups.contains(where: \.isWithdrawn) else { throw .notReady("vipad stops") }
    guard drilling == nil, router.groups.allSatisfy(\.isSilent) else { throw .busy }
    guard let client else { throw .notReady(checks.detail(of: .ec2)) }
    let known = configuration.groups.compactMap { identities[$0.name] }
    guard !known.isEmpty else { throw .notReady(checks.detail(of: .identity)) }
    guard let identity = known.first(where: { $0.mayHave(vip) }) else {
      throw .outside(vip: vip, subnets: Set(known.compactMap(\.subnetCIDR)).sorted())
    }
    var random = SeededRandom(seed: .random(in: .min ... .max))
    return DrillPlan(vip: vip, identity: identity, client: client, claimId: random.claimId())
  }

  private func run(
    _ plan: DrillPlan, arrivedAt: Uptime, actor: AuditActor
  ) async throws(DrillRefusal) -> DrillDocument {
    let handedOver = DaemonClock.uptime() - arrivedAt
    // What the network alone takes: a round trip to EC2's front end by the same connection.
    let warm = try? await plan.client.keepWarm()
    let begunAt = DaemonClock.uptime()
    try await recordDrillIntent(plan, actor: actor)
    let request = handedOver + (DaemonClock.uptime() - begunAt)
    let (accepted, acceptedAt) = try await assign(plan, actor: actor)
    let isConfirmed = await waitForMetadata(plan)
    var steps = DrillDocument.Steps(
      request: request.inMilliseconds, sign: accepted.signMilliseconds.inMicroseconds,
      wire: nil, ec2: accepted.milliseconds.inMicroseconds, imds: nil)
    if let warm {
      let wire = min(warm.milliseconds, accepted.milliseconds)
      steps.wire = wire.inMicroseconds
      steps.ec2 = (accepted.milliseconds - wire).inMicroseconds
    }
    if isConfirmed { steps.imds = (DaemonClock.uptime() - acceptedAt).inMilliseconds }
    if isConfirmed { await tryToWrite(recordDrillConfirmed(plan, actor: actor, after: steps.total)) }
    return DrillDocument(
      claimId: plan.claimId, vip: plan.vip, networkInterfaceId: plan.identity.networkInterfaceId,
      awsRequestId: accepted.awsRequestId, confirmed: isConfirmed, newConnection: accepted.newConnection,
      stepMilliseconds: steps, totalMilliseconds: steps.total)
  }

  /// The answer and when it came, which is before its record is in the log.
  private func assign(
    _ plan: DrillPlan, actor: AuditActor
  ) async throws(DrillRefusal) -> (EC2Accepted, at: Uptime) {
    let answer: Result<EC2Accepted, EC2Failure>
    do throws(EC2Failure) {
      answer = .success(
        try await plan.client.assignPrivateIpAddresses(
          [plan.vip], networkInterfaceId: plan.identity.networkInterfaceId, claimId: plan.claimId))
    } catch {
      answer = .failure(error)
    }
    let answeredAt = DaemonClock.uptime()
    note(answer.map { _ in () })
    if let finding = Finding.assign(answer.map { _ in () }) { checks.note(finding) }
    await tryToWrite(recordDrillOutcome(plan, answer, actor: actor))
    publishSoon()
    do throws(EC2Failure) {
      return (try answer.get(), answeredAt)
    } catch {
      throw .refused(error, claimId: plan.claimId)
    }
  }

  /// Until the instance metadata lists the address; false when it did not in time, or there is none.
  private func waitForMetadata(_ plan: DrillPlan) async -> Bool {
    guard plan.identity.isFromMetadata, let macAddress = plan.identity.macAddress else { return false }
    let end = DaemonClock.uptime() + Self.drillPatience
    while DaemonClock.uptime() < end, !Task.isCancelled {
      let addresses = try? await cloud.metadata.localIPv4s(macAddress: macAddress)
      if addresses?.contains(plan.vip) == true { return true }
      guard await thread.slept(for: Self.pauseBetweenLooks) else { return false }
    }
    return false
  }

  // MARK: Its records

  /// Nothing is sent where claims were paused meanwhile, or must wait for the log and it does not take the intent.
  private func recordDrillIntent(_ plan: DrillPlan, actor: AuditActor) async throws(DrillRefusal) {
    let ticket = log.append(drillRecord(.claimIntent, plan, actor: actor))
    journal("drill \(plan.claimId): \(plan.vip) to \(plan.identity.networkInterfaceId)")
    let isWritten = await ticket.written(
      withinMilliseconds: Self.intentPatienceMilliseconds, by: thread.alarm)
    let refusal: DrillRefusal
    if Task.isCancelled {
      refusal = pause == nil ? .notReady("vipad stops") : .paused
    } else if !isWritten, configuration.audit.onFailure == .refuse {
      refusal = .notRecorded(log.health.reason ?? "the audit log does not take the drill's record")
    } else {
      return
    }
    var record = drillRecord(.claimOutcome, plan, actor: actor)
    record.outcome = .cancelled
    record.detail = "not sent"
    log.append(record)
    throw refusal
  }

  /// Ends the drill under way, if there is one, and comes back when it has.
  func endDrill() async {
    drilling?.cancel()
    _ = await drilling?.value
  }

  private func recordDrillOutcome(
    _ plan: DrillPlan, _ answer: Result<EC2Accepted, EC2Failure>, actor: AuditActor
  ) -> AuditTicket {
    var record = drillRecord(.claimOutcome, plan, actor: actor)
    var attempt = AuditAttempt(n: 1)
    switch answer {
    case .success(let accepted):
      record.outcome = .accepted
      attempt.httpStatus = accepted.httpStatus
      attempt.awsRequestId = accepted.awsRequestId
      attempt.milliseconds = accepted.milliseconds.inMicroseconds
      record.acceptedMilliseconds = attempt.milliseconds
    case .failure(let failure):
      let isUnknown = failure.wasSent && failure.httpStatus == nil
      record.outcome = isUnknown ? .unknown : failure.isCancelled ? .cancelled : .failed
      attempt.httpStatus = failure.httpStatus
      attempt.errorCode = failure.errorCode
      attempt.awsRequestId = failure.awsRequestId
      attempt.milliseconds = failure.milliseconds.inMicroseconds
      record.detail = failure.description
    }
    record.attempts = [attempt]
    return log.append(record)
  }

  private func recordDrillConfirmed(
    _ plan: DrillPlan, actor: AuditActor, after milliseconds: Double
  ) -> AuditTicket {
    var record = drillRecord(.claimConfirmed, plan, actor: actor)
    record.confirmedMilliseconds = milliseconds
    return log.append(record)
  }

  /// Who asked finds the record in the log, unless that takes none.
  private func tryToWrite(_ ticket: AuditTicket) async {
    _ = await ticket.tried(withinMilliseconds: Self.intentPatienceMilliseconds, by: thread.alarm)
  }

  private func drillRecord(_ event: AuditEvent, _ plan: DrillPlan, actor: AuditActor) -> AuditRecord {
    var record = AuditRecord(event, at: Date.now)
    record.claimId = plan.claimId
    record.cause = .drill
    record.actor = actor
    record.vips = [plan.vip]
    record.instanceId = plan.identity.instanceId
    record.networkInterfaceId = plan.identity.networkInterfaceId
    record.region = plan.identity.region
    record.clockSkewMilliseconds = (cloud.skew.seconds * 1000).inMicroseconds
    return record
  }
}

extension Duration {
  fileprivate var inMilliseconds: Double { (self / .milliseconds(1)).inMicroseconds }
}
