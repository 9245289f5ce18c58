import AWS
import Audit
import Dispatch
import Failover
import FoundationEssentials
import Logging

/// Intents that a crash left without an outcome get it from reading EC2.
extension Daemon {
  func recover() async {
    for intent in log.openIntents ?? [] {
      var pause = Self.firstRetry
      while !Task.isCancelled, await !recover(intent) {
        _ = await thread.slept(for: pause)
        pause = min(pause * 2, Self.slowestRetry)
      }
    }
  }

  /// Reads who holds the VIPs of the intent and writes its outcome; false where EC2 can't be read yet.
  private func recover(_ intent: AuditRecord) async -> Bool {
    guard let client, let networkInterfaceId = intent.networkInterfaceId ?? knownInterface(of: intent),
      let holders = try? await holders(
        of: intent.vips, vpcId: identities[intent.group ?? ""]?.vpcId, by: client)
    else { return false }
    let here = holders.filter { $0.networkInterfaceId == networkInterfaceId }.map(\.vip)
    var outcome = intent
    outcome.event = .claimOutcome
    outcome.time = Date.now
    outcome.outcome = Set(intent.vips).isSubset(of: here) ? .recoveredAccepted : .recoveredNotApplied
    if running[intent.group ?? ""]?.hasSent == true { outcome.outcome = .unknown }
    outcome.detail = "vipad ended before it knew the outcome; read from EC2 at the next start"
    let ticket = log.append(outcome)
    let kept = KeptClaim(outcome, startedAt: intent.time)
    history.add(kept)
    tellFailover(kept, of: outcome, ticket)
    return true
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
