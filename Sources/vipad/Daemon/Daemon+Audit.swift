import AWS
import Audit
import Failover
import FoundationEssentials
import Logging

/// What goes into the audit log, and into the journal beside it.
extension Daemon {
  /// How long a claim waits for its intent to be written before it goes on without.
  static let intentPatienceMilliseconds = 250
  /// How long what only shows or keeps the state is put off for an Assign on its way to EC2, or its answer.
  static let headStart = Duration.milliseconds(5)

  /// Writes the intent; the claim goes on when it is in the log or the log had its time.
  func recordIntent(_ claim: Claim, actor: AuditActor?) {
    actors = actors.filter { id, _ in router.groups.contains { $0.knows(id) } }
    // The hook that a claim waited with was known before.
    actors[claim.id] = actor ?? actors[claim.id]
    thread.keepOthersBack(for: Self.headStart)
    let record = self.record(.claimIntent, of: claim, at: clock.date(of: claim.startedAt))
    let ticket = log.append(record)
    journal("claim \(claim.id) of group \(claim.group) begins, cause \(claim.cause.rawValue)")
    if mustBeWritten(claim) { awaitedIntents[claim.id] = ticket }
    intentsBeingWritten += 1
    _ = start { daemon in
      let isWritten = await ticket.tried(
        withinMilliseconds: Self.intentPatienceMilliseconds, by: daemon.thread.alarm)
      await daemon.intentHadItsTime(of: claim, record, ticket, isWritten: isWritten)
    }
  }

  /// Writes a line into the journal once nothing more urgent is to be done.
  func journal(_ text: String, level: Logger.Level = .notice) {
    _ = start(priority: .utility) { $0.logger.log(level: level, "\(text)") }
  }

  /// Why the claim that a caller is told of waits for the audit log; nil where it does not.
  ///
  /// Waits as long as a claim waits for its intent.
  func refusal(of answer: Answer?) async -> String? {
    guard case .claim(let id) = answer, let ticket = awaitedIntents[id],
      await !ticket.tried(withinMilliseconds: Self.intentPatienceMilliseconds, by: thread.alarm)
    else { return nil }
    return log.health.reason ?? "the audit log does not take the claim's record"
  }

  /// Claims that somebody asked for wait for the log under `onFailure = "refuse"`; the guard's never do.
  private func mustBeWritten(_ claim: Claim) -> Bool {
    configuration.audit.onFailure == .refuse && (claim.cause == .vrrp || claim.cause == .operator)
  }

  /// Sends the claim on; where the log must have taken its intent first, when it has.
  private func intentHadItsTime(
    of claim: Claim, _ record: AuditRecord, _ ticket: AuditTicket, isWritten: Bool
  ) async {
    intentsBeingWritten -= 1
    if !isWritten, awaitedIntents[claim.id] != nil {
      publishSoon()
      journal("claim \(claim.id) waits for the audit log: \(log.health.reason ?? "")", level: .error)
      await writeIntent(record, ticket, of: claim)
    }
    awaitedIntents[claim.id] = nil
    handle(.intentRecorded(claimId: claim.id), for: claim.group)
  }

  /// Comes back when the intent is written or the claim has ended; one that was given up is handed over again.
  private func writeIntent(_ record: AuditRecord, _ ticket: AuditTicket, of claim: Claim) async {
    var ticket = ticket
    while await !ticket.written(withinMilliseconds: Self.intentPatienceMilliseconds, by: thread.alarm) {
      guard let current = router[claim.group]?.claim, current.id == claim.id, current.outcome == nil else {
        return
      }
      guard ticket.isGivenUp else { continue }
      _ = await thread.slept(for: .milliseconds(Self.intentPatienceMilliseconds))
      ticket = log.append(record)
    }
  }

  /// Writes the one outcome of a claim, and shows it to those who wait.
  func recordOutcome(_ claim: Claim) {
    var record = self.record(.claimOutcome, of: claim, at: Date.now)
    record.outcome = claim.outcome.map(AuditOutcome.init)
    record.attempts = claim.attempts.map(AuditAttempt.init)
    record.attemptsOmitted = claim.attemptsOmitted
    record.refusedVips = claim.vips.filter { $0.refusal != nil }.map(\.address)
    record.acceptedMilliseconds = claim.milliseconds(to: claim.acceptedAt)
    record.detail = claim.vips.compactMap(\.refusal?.message).first
    let ticket = log.append(record)
    outcomes.append((claim, ticket))
    let kept = KeptClaim(record, startedAt: clock.date(of: claim.startedAt))
    cloud.tally.claimEnded(kept)
    history.add(kept)
    tellFailover(kept, of: record, ticket)
    let took = claim.milliseconds(to: claim.endedAt) ?? 0
    journal("claim \(claim.id) of group \(claim.group): \(claim.stateWord) after \(took) ms")
  }

  func recordConfirmed(_ claim: Claim) {
    var record = self.record(.claimConfirmed, of: claim, at: Date.now)
    record.confirmedMilliseconds = claim.milliseconds(to: claim.confirmedAt)
    log.append(record)
    history.confirm(claim.id, afterMilliseconds: record.confirmedMilliseconds)
    if let accepted = claim.acceptedAt, let confirmed = claim.confirmedAt {
      cloud.tally.took(.confirmation, seconds: confirmed.seconds - accepted.seconds)
    }
  }

  func recordStandby(
    _ transition: Transition, generation: UInt64, reason: String, group: String, actor: AuditActor?
  ) {
    var record = transitionRecord(.standby, transition, group: group, generation: generation, actor: actor)
    record.detail = "\(transition.state.rawValue): \(reason)"
    log.append(record)
    journal("group \(group): \(record.detail ?? "")")
  }

  /// With the claim that waited for the evidence, the actor is the one who asked for that.
  func recordStale(
    _ transition: Transition, reason: String, ended claim: Claim?, group: String, actor: AuditActor?
  ) {
    let generation = router[group]?.generation ?? 0
    let actor = claim.map { actors[$0.id] } ?? actor
    var record = transitionRecord(.stale, transition, group: group, generation: generation, actor: actor)
    record.detail =
      "\(transition.state.rawValue) of uptime \(transition.uptime.seconds) ignored: \(reason)"
    log.append(record)
    if let claim { board.post(claim) }
    journal("group \(group): \(record.detail ?? "")")
  }

  /// Writes something that concerns all groups.
  func record(_ event: AuditEvent, actor: AuditActor?, detail: String) {
    var record = AuditRecord(event, at: Date.now)
    record.actor = actor
    record.instanceId = identities.values.first?.instanceId
    record.detail = detail.isEmpty ? nil : detail
    log.append(record)
    journal("\(event.rawValue) \(detail)")
  }

  private func transitionRecord(
    _ event: AuditEvent, _ transition: Transition, group: String, generation: UInt64, actor: AuditActor?
  ) -> AuditRecord {
    var record = self.record(event, group: group, at: Date.now)
    record.cause = AuditCause(transition.cause)
    record.actor = actor
    record.vips = router[group]?.vips ?? []
    record.generation = generation
    record.priority = transition.priority
    return record
  }

  private func record(_ event: AuditEvent, of claim: Claim, at time: Date) -> AuditRecord {
    var record = self.record(event, group: claim.group, at: time)
    record.claimId = claim.id
    record.cause = AuditCause(claim.cause)
    record.actor = actors[claim.id]
    record.vips = claim.vips.map(\.address)
    record.networkInterfaceId = claim.sentTo ?? record.networkInterfaceId
    record.previousNetworkInterfaceId = claim.previousNetworkInterfaceId
    record.generation = claim.generation
    record.priority = claim.priority
    return record
  }

  /// A record with what is known of this router.
  private func record(_ event: AuditEvent, group: String, at time: Date) -> AuditRecord {
    var record = AuditRecord(event, at: time)
    record.group = group
    record.instanceId = identities[group]?.instanceId
    record.networkInterfaceId = router[group]?.networkInterfaceId
    record.region = identities[group]?.region
    record.clockSkewMilliseconds =
      client == nil ? nil : (cloud.skew.seconds * 1000).inMicroseconds
    return record
  }
}

extension AuditOutcome {
  init(_ outcome: Claim.Outcome) {
    self =
      switch outcome {
      case .accepted: .accepted
      case .alreadyHeld: .alreadyHeld
      case .cancelled: .cancelled
      case .superseded: .superseded
      case .failed: .failed
      case .unknown: .unknown
      }
  }
}

extension AuditCause {
  init(_ cause: Cause) {
    self =
      switch cause {
      case .vrrp: .vrrp
      case .operator: .operator
      case .address: .address
      case .guard: .guardCheck
      case .startup: .startup
      }
  }
}

extension AuditAttempt {
  init(_ attempt: Attempt) {
    self.init(
      n: attempt.n, httpStatus: attempt.httpStatus, errorCode: attempt.errorCode,
      awsRequestId: attempt.awsRequestId, milliseconds: attempt.milliseconds.inMicroseconds)
  }
}
