/// Whether the instance metadata lists what EC2 accepted.
struct Confirmation: Sendable {
  /// How long after the acceptance it is asked for often.
  static let patience = Duration.seconds(60)
  static let overduePeriod = Duration.seconds(5)

  /// The newest claim was accepted, and the instance metadata has not listed all its VIPs yet.
  private(set) var isAwaited = false
  /// When to look next.
  var nextAt: Uptime?

  mutating func begin(at now: Uptime) {
    isAwaited = true
    nextAt = now
  }

  /// It is of no interest any more; an answer that is still to come counts for nothing.
  mutating func stop() {
    isAwaited = false
    nextAt = nil
  }

  /// Often at first, for an address arrives within a second or two; every 5 s when it is long overdue.
  mutating func waitOn(since acceptedAt: Uptime, at now: Uptime) {
    let waited = now - acceptedAt
    nextAt =
      waited >= Self.patience
      ? now + Self.overduePeriod : now + min(max(waited / 4, .milliseconds(50)), .seconds(1))
  }
}

extension Group {
  /// Looks into the instance metadata when the confirmation or the guard wants it.
  mutating func lookIfDue(at now: Uptime) -> [Effect] {
    if confirmation.isAwaited {
      guard let due = confirmation.nextAt, due <= now else { return [] }
      confirmation.nextAt = nil
    } else {
      guard isGuarding, let due = watch.nextLookAt, due <= now else { return [] }
      watch.nextLookAt = nil
    }
    return [.readLocalAddresses]
  }

  /// When the instance metadata is to be looked into; what asks for the confirmation serves the guard too.
  var nextLookAt: Uptime? {
    if confirmation.isAwaited { return confirmation.nextAt }
    return isGuarding ? watch.nextLookAt : nil
  }

  mutating func localAddressesRead(
    _ addresses: Set<String>, begunAt: Uptime, at now: Uptime
  ) -> [Effect] {
    if confirmation.isAwaited { return confirm(by: addresses, begunAt: begunAt, at: now) }
    lookLater(at: now)
    guard isGuarding else { return [] }
    noteConfirmed(by: addresses, begunAt: begunAt, at: now)
    guard !guarded.allSatisfy(addresses.contains) else { return [] }
    return readSoon(at: now)
  }

  mutating func localAddressesUnreadable(at now: Uptime) -> [Effect] {
    if confirmation.isAwaited { return waitForConfirmation(at: now) }
    lookLater(at: now)
    return []
  }

  private mutating func confirm(by addresses: Set<String>, begunAt: Uptime, at now: Uptime) -> [Effect] {
    guard var claim, let acceptedAt = claim.acceptedAt, begunAt >= acceptedAt else { return [] }
    noteConfirmed(by: addresses, begunAt: begunAt, at: now)
    guard claim.vips.allSatisfy({ holdings[$0.address]?.isConfirmed == true }) else {
      return waitForConfirmation(at: now) + promptIfOverdue(at: now)
    }
    confirmation.stop()
    lookLater(at: now)
    claim.confirmedAt = now
    claim.isUnconfirmed = false
    self.claim = claim
    return [.recordConfirmed(claim)]
  }

  private mutating func waitForConfirmation(at now: Uptime) -> [Effect] {
    guard let acceptedAt = claim?.acceptedAt else { return [] }
    claim?.isUnconfirmed = now - acceptedAt >= Confirmation.patience
    confirmation.waitOn(since: acceptedAt, at: now)
    return []
  }

  /// A VIP that is not listed long after its acceptance may have been taken again: EC2 is asked.
  private mutating func promptIfOverdue(at now: Uptime) -> [Effect] {
    guard isGuarding, let due = watch.nextLookAt, due <= now else { return [] }
    lookLater(at: now)
    return readSoon(at: now)
  }

  /// The instance metadata bears out what EC2 said; where EC2 said otherwise since, it counts for nothing.
  private mutating func noteConfirmed(by addresses: Set<String>, begunAt: Uptime, at now: Uptime) {
    for vip in vips where addresses.contains(vip) {
      guard let known = holdings[vip], isHere(known), !known.isConfirmed, begunAt >= known.observedAt else {
        continue
      }
      holdings[vip] = Holding(holder: known.holder, isConfirmed: true, observedAt: now, source: .imds)
    }
  }
}
