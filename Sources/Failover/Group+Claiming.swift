extension Group {
  /// Nothing forbids an Assign now: the interface is known and no older one can still arrive.
  var mayAssign: Bool { networkInterfaceId != nil && ending.isEmpty }

  /// When the next Assign is due, unless something else is waited for.
  var nextAttemptAt: Uptime? { mayAssign ? claim?.nextAttemptAt : nil }

  /// Sends the next Assign of the claim if nothing keeps it back, the brake the last.
  mutating func advanceClaim(at now: Uptime, brake: inout Brake) -> [Effect] {
    guard mayAssign, let claim, claim.mayGoOn else { return [] }
    let due = claim.dueVIPs(at: now)
    guard !due.isEmpty else { return [] }
    guard brake.take(at: now) else { return holdDown() }
    self.claim?.sending = due
    self.claim?.isHeldDown = false
    self.claim?.sentTo = networkInterfaceId
    return [.sendAssign(claimId: claim.id, n: claim.attemptCount + 1, vips: due)]
  }

  private mutating func holdDown() -> [Effect] {
    guard claim?.isHeldDown == false else { return [] }
    claim?.isHeldDown = true
    return [.countHoldDown]
  }

  mutating func intentRecorded(_ claimId: String) -> [Effect] {
    guard claim?.id == claimId else { return [] }
    claim?.intentIsRecorded = true
    return []
  }

  mutating func assignAnswered(_ claimId: String, _ answer: AssignAnswer, at now: Uptime) -> [Effect] {
    if let index = ending.firstIndex(where: { $0.id == claimId }) {
      return endingAnswered(ending.remove(at: index), answer, at: now)
    }
    guard var claim, claim.id == claimId, claim.sending != nil else { return [] }
    if case .success = answer.result { noteAccepted(claim, at: now) }
    claim.note(answer, counts: claim.sentTo == networkInterfaceId, at: now, random: &random)
    self.claim = claim
    switch answer.result {
    case .success:
      return finishIfHeld(with: .accepted, at: now)
    case .failure(let refusal):
      return remedies(for: refusal)
    }
  }

  /// Ends the claim that is under way; an Assign on the wire is cut first and its answer waited for.
  mutating func endClaim(with outcome: Claim.Outcome, at now: Uptime) -> [Effect] {
    guard var claim, claim.outcome == nil else { return [] }
    guard !claim.awaitsEvidence else { return endUnwitnessed(claim, at: now) }
    guard claim.sending == nil else {
      claim.endsWith = outcome
      ending.append(claim)
      self.claim = nil
      return [.cutAssign(claimId: claim.id)]
    }
    return close(&claim, with: claim.mayHaveActed ? .unknown : outcome, at: now)
  }

  /// Ends the claim well once all its VIPs are here, and begins to ask for the confirmation.
  mutating func finishIfHeld(with outcome: Claim.Outcome, at now: Uptime) -> [Effect] {
    guard var claim, claim.vips.allSatisfy(\.isAccepted) else { return [] }
    claim.acceptedAt = now
    confirmation.begin(at: now)
    lookLater(at: now)
    return close(&claim, with: outcome, at: now) + lookIfDue(at: now)
  }

  /// A cut Assign: EC2 may have accepted it all the same.
  private mutating func endingAnswered(
    _ claim: Claim, _ answer: AssignAnswer, at now: Uptime
  ) -> [Effect] {
    if case .success = answer.result { noteAccepted(claim, at: now) }
    var claim = claim
    claim.note(answer, at: now, random: &random)
    let outcome: Claim.Outcome
    switch answer.result {
    case .success:
      claim.acceptedAt = claim.vips.allSatisfy(\.isAccepted) ? now : nil
      outcome = claim.acceptedAt == nil ? claim.endsWith ?? .cancelled : .accepted
    case .failure:
      outcome = claim.mayHaveActed ? .unknown : claim.endsWith ?? .cancelled
    }
    return close(&claim, with: outcome, at: now) + (isMaster ? [] : readNow(at: now))
  }

  private mutating func close(_ claim: inout Claim, with outcome: Claim.Outcome, at now: Uptime) -> [Effect] {
    claim.outcome = outcome
    claim.endedAt = now
    claim.readsAfter = nil
    if self.claim == nil || self.claim?.id == claim.id { self.claim = claim }
    return [.recordOutcome(claim)]
  }

  private func remedies(for refusal: Refusal) -> [Effect] {
    switch refusal.refusalClass {
    case .credentials: [.refreshCredentials]
    case .identity: [.findIdentity]
    case .throttled, .transient, .permission, .configuration: []
    }
  }
}
