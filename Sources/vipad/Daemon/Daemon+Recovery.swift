import AWS
import Audit
import Dispatch
import Failover
import FoundationEssentials
import Logging

/// Intents that a crash left without an outcome get it from reading EC2.
extension Daemon {
  /// Goes on until each has one; an intent that has to wait holds up no other.
  func recover() async {
    var open = log.openIntents ?? []
    var pause = Self.firstRetry
    while !open.isEmpty, !Task.isCancelled {
      var waiting: [AuditRecord] = []
      for intent in open where await !recover(intent) { waiting.append(intent) }
      open = waiting
      guard !open.isEmpty, await thread.slept(for: pause) else { return }
      pause = min(pause * 2, Self.slowestRetry)
    }
  }

  /// Writes the intent's outcome by what EC2 says; false where that can't be told yet.
  private func recover(_ intent: AuditRecord) async -> Bool {
    guard let networkInterfaceId = intent.networkInterfaceId ?? knownInterface(of: intent) else {
      guard intent.group.flatMap({ running[$0] }) == nil else { return false }
      recordRecovered(
        .unknown, of: intent,
        "vipad ended before it knew its interface, and the group is not configured any more")
      return true
    }
    guard let client,
      let holders = try? await holders(
        of: intent.vips, vpcId: identities[intent.group ?? ""]?.vpcId, by: client), !Task.isCancelled
    else { return false }
    let here = holders.filter { $0.networkInterfaceId == networkInterfaceId }.map(\.vip)
    let isHere = Set(intent.vips).isSubset(of: here)
    let hasSent = running[intent.group ?? ""]?.hasSent == true
    recordRecovered(
      hasSent ? .unknown : isHere ? .recoveredAccepted : .recoveredNotApplied, of: intent,
      "vipad ended before it knew the outcome; read from EC2 at the next start")
    return true
  }

  /// A drill is no failover: nobody is told of it, as of one that no crash cut off.
  private func recordRecovered(_ found: AuditOutcome, of intent: AuditRecord, _ detail: String) {
    var outcome = intent
    outcome.event = .claimOutcome
    outcome.time = Date.now
    outcome.outcome = found
    outcome.detail = detail
    let ticket = log.append(outcome)
    guard intent.cause != .drill else { return }
    let kept = KeptClaim(outcome, startedAt: intent.time)
    cloud.tally.claimEnded(kept)
    history.add(kept)
    tellFailover(kept, of: outcome, ticket)
  }

  /// Holds the first read of EC2 against the log: a VIP that is here without a record of it gets one.
  func reconcile(_ holders: [AWS.Holder], for name: String) {
    guard let identity = identities[name], running[name]?.isReconciled == false else { return }
    running[name]?.isReconciled = true
    guard running[name]?.hasSent == false else { return }
    let here = holders.filter { $0.networkInterfaceId == identity.networkInterfaceId }.map(\.vip)
    guard !here.isEmpty else { return }
    let log = log
    logReading.async {
      // The log is read on the disk, which may hang.
      let known = Result { () throws(AuditError) in
        try log.lastHoldings(of: here, instanceId: identity.instanceId)
      }
      _ = self.start { await $0.recordUnrecorded(here, known, of: identity, in: name) }
    }
  }

  private func recordUnrecorded(
    _ here: [String], _ known: Result<[String: AuditRecord], AuditError>, of identity: Identity,
    in name: String
  ) {
    switch known {
    case .failure(let error):
      logger.error("what is here can't be held against the log, the next read will be: \(error)")
      running[name]?.isReconciled = false
    case .success(let known):
      let unrecorded = here.filter { known[$0]?.networkInterfaceId != identity.networkInterfaceId }
      guard !unrecorded.isEmpty else { return }
      var record = AuditRecord(.recovered, at: Date.now)
      record.group = name
      record.cause = .startup
      record.vips = unrecorded
      record.instanceId = identity.instanceId
      record.networkInterfaceId = identity.networkInterfaceId
      record.region = identity.region
      record.detail = "here by EC2's word, without a record of how it came"
      log.append(record)
    }
  }

  private func knownInterface(of intent: AuditRecord) -> String? {
    intent.group.flatMap { router[$0]?.networkInterfaceId }
  }
}
