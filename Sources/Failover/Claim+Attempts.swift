extension Claim {
  static let firstAttemptsKept = 4
  static let lastAttemptsKept = 12

  /// Counts attempts; the next one is one more.
  var attemptCount: Int { attempts.count + attemptsOmitted }

  /// True when nothing but the time keeps the next Assign back.
  var mayGoOn: Bool {
    outcome == nil && endsWith == nil && sending == nil && intentIsRecorded && readsAfter == nil
  }

  /// True when an attempt that brought no answer may have moved a VIP that is still open.
  var mayHaveActed: Bool {
    vips.contains { !$0.isAccepted && $0.mayHaveMoved }
  }

  /// The evidence followed the hook: the claim belongs to the generation that it made.
  mutating func becomeWitnessed(generation: UInt64, at now: Uptime) {
    self.generation = generation
    witnessedBy = nil
    for index in vips.indices { vips[index].dueAt = now }
  }

  /// The evidence did not follow the hook.
  mutating func endUnwitnessed(at now: Uptime) {
    isStale = true
    outcome = .cancelled
    endedAt = now
  }

  /// The VIPs to put into the next Assign: all open ones together, or one by one after a refusal.
  func dueVIPs(at now: Uptime) -> [String] {
    let due = vips.filter { !$0.isAccepted && $0.dueAt <= now }.map(\.address)
    return isSplit ? Array(due.prefix(1)) : due
  }

  /// When the next Assign is due, unless something else is waited for.
  var nextAttemptAt: Uptime? {
    mayGoOn ? vips.filter { !$0.isAccepted }.map(\.dueAt).min() : nil
  }

  /// Keeps what the Assign on the wire came to; an answer for an interface of before counts for nothing.
  mutating func note(
    _ answer: AssignAnswer, counts: Bool = true, at now: Uptime, random: inout SeededRandom
  ) {
    let batch = sending ?? []
    sending = nil
    keep(Attempt(n: attemptCount + 1, vips: batch, answer: answer))
    guard counts else { return }
    switch answer.result {
    case .success:
      update(batch) { $0.accept() }
    case .failure(let refusal) where batch.count > 1 && refusal.refusalClass == .configuration:
      isSplit = true
      update(batch) { $0.dueAt = now }
    case .failure(let refusal):
      let failures = 1 + (batch.compactMap { failureCount(of: $0, in: refusal.refusalClass) }.max() ?? 0)
      let dueAt = now + RetryPace.wait(after: refusal, failures: failures, random: &random)
      update(batch) { $0.refuse(refusal, failures: failures, at: now, dueAt: dueAt) }
    }
  }

  /// Another interface is to have the VIPs: what EC2 said of the one before is void.
  mutating func begin(on networkInterfaceId: String, at now: Uptime) {
    guard outcome == nil, let sentTo, sentTo != networkInterfaceId else { return }
    isSplit = false
    vips = vips.map { ClaimedVIP(address: $0.address, dueAt: now) }
  }

  /// Credentials are new: what waits for them is tried at once, but only once, for they may be as wrong.
  mutating func credentialsRefreshed(at now: Uptime) {
    guard sending == nil else { return }
    update(vips.filter { !$0.isAccepted && $0.awaitsRefresh }.map(\.address)) {
      $0.dueAt = now
      $0.awaitsRefresh = false
    }
  }

  /// Notes what a read of EC2 says: VIPs that are here need no Assign.
  mutating func noteHeld(_ held: Set<String>) {
    readsAfter = nil
    update(vips.map(\.address).filter(held.contains)) { $0.accept() }
  }

  private mutating func update(_ addresses: [String], _ change: (inout ClaimedVIP) -> Void) {
    for index in vips.indices where addresses.contains(vips[index].address) {
      change(&vips[index])
    }
  }

  private func failureCount(of address: String, in refusalClass: RefusalClass) -> Int? {
    vips.first { $0.address == address && $0.refusal?.refusalClass == refusalClass }?.failures
  }

  private mutating func keep(_ attempt: Attempt) {
    attempts.append(attempt)
    if attempts.count > Self.firstAttemptsKept + Self.lastAttemptsKept {
      attempts.remove(at: Self.firstAttemptsKept)
      attemptsOmitted += 1
    }
  }
}

extension ClaimedVIP {
  fileprivate mutating func accept() {
    isAccepted = true
    refusal = nil
    needsOperator = false
  }

  fileprivate mutating func refuse(_ refusal: Refusal, failures: Int, at now: Uptime, dueAt: Uptime) {
    if failures == 1 {
      failingSince = now
      awaitsRefresh = refusal.refusalClass == .credentials
    }
    self.refusal = refusal
    if refusal.mayHaveActed { mayHaveMoved = true }
    self.failures = failures
    self.dueAt = dueAt
    needsOperator =
      switch refusal.refusalClass {
      case .throttled, .transient: false
      case .permission, .configuration: true
      case .credentials: failures > 1
      case .identity: now - (failingSince ?? now) >= RetryPace.identityPatience
      }
  }
}
