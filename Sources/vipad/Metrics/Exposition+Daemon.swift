import Audit
import Failover
import FoundationEssentials

/// Which metrics there are; docs/monitoring.md has them with their meaning.
extension Exposition {
  /// What /status says of this router.
  mutating func writeStatus(_ status: StatusDocument) {
    gauge("vipad_build_info", "This vipad; always 1.")
    sample(1, [("version", status.version)])
    writeGroups(status.groups)
    writeVIPs(status.vips)
    gauge("vipad_ready", "Whether a failover to this router would work now.")
    truth(status.readiness.ready)
    gauge("vipad_check_ok", "Whether a thing that a failover needs is there; no series while not known.")
    for check in status.readiness.checks where check.state != "unknown" {
      truth(check.ok, [("check", check.name)])
    }
    gauge("vipad_check_blocking", "Whether a check keeps this router from being ready: failed, or not known.")
    for check in status.readiness.checks { truth(check.blocking, [("check", check.name)]) }
    gauge("vipad_paused", "Whether an operator has stopped all claims.")
    truth(status.verdict == Verdict.paused.rawValue)
  }

  private mutating func writeGroups(_ groups: [StatusDocument.GroupDocument]) {
    gauge("vipad_group_verdict", "The state of a group in one word: 1 for the one that is.")
    let verdicts = Verdict.allCases.map(\.rawValue)
    for group in groups { states("verdict", of: verdicts, isNow: group.verdict, [("group", group.group)]) }
    gauge("vipad_vrrp_state", "What VRRP is held to be by the evidence: 1 for the one that is.")
    let all = [VRRPState.master, .backup, .fault, .stop].map(\.rawValue)
    for group in groups { states("state", of: all, isNow: group.vrrp.state, [("group", group.group)]) }
    gauge(
      "vipad_claim_needs_operator", "Whether EC2 refuses the group's claim for a reason vipad can't mend.")
    for group in groups { truth(group.lastClaim?.state == "needsOperator", [("group", group.group)]) }
  }

  private mutating func writeVIPs(_ vips: [StatusDocument.VIPDocument]) {
    gauge("vipad_vip_held", "Whether the VIP is on this router's interface; no series while not known.")
    for vip in vips { if let held = vip.held { truth(held, Self.labels(vip)) } }
    gauge("vipad_vip_confirmed", "Whether the instance metadata confirms that the VIP is here.")
    for vip in vips { truth(vip.confirmed, Self.labels(vip)) }
    gauge("vipad_vip_holder_info", "Who holds the VIP, as this router sees it; an empty interface: nobody.")
    for vip in vips where vip.observedAt != nil {
      sample(1, Self.labels(vip) + [("network_interface_id", vip.holder?.networkInterfaceId ?? "")])
    }
  }

  private static func labels(_ vip: StatusDocument.VIPDocument) -> Labels {
    [("group", vip.group), ("vip", vip.vip)]
  }

  /// The two routers as one; no series where no other is configured.
  mutating func writePair(_ pair: PairDocument?) {
    guard let pair else { return }
    gauge("vipad_pair_verdict", "The state of both routers together in one word: 1 for the one that is.")
    states("verdict", of: PairVerdict.allCases.map(\.rawValue), isNow: pair.verdict)
    gauge("vipad_peer_reachable", "Whether the other router's status can be read.")
    truth(pair.peer.reachable == true)
    guard pair.peer.reachable == true, let peer = pair.peer.status else { return }
    gauge("vipad_peer_ready", "Whether the other router says that it is ready.")
    truth(peer.readiness.ready)
    gauge("vipad_peer_vrrp_state", "What the other router says of VRRP: 1 for the one that is.")
    let all = [VRRPState.master, .backup, .fault, .stop].map(\.rawValue)
    for group in peer.groups { states("state", of: all, isNow: group.vrrp.state, [("group", group.group)]) }
    gauge("vipad_peer_vip_holder_info", "Who holds the VIP, as the other router sees it; empty: nobody.")
    for vip in peer.vips where vip.observedAt != nil {
      sample(
        1,
        [
          ("group", vip.group), ("vip", vip.vip),
          ("network_interface_id", vip.holder?.networkInterfaceId ?? ""),
        ])
    }
  }

  /// What is counted since the start.
  mutating func writeCounts(_ counts: Tally.Counts, groups: [String]) {
    writeClaims(counts, groups)
    counter("vipad_ec2_requests", "Calls to EC2 that came to an end, by action and EC2's code.")
    for (labels, count) in counts.calls.sorted(by: {
      ($0.key.action, $0.key.code) < ($1.key.action, $1.key.code)
    }) {
      self.count(count, [("action", labels.action), ("code", labels.code)])
    }
    histogram("vipad_ec2_request_duration_seconds", "How long calls to EC2 took.")
    for (action, seconds) in counts.callSeconds.sorted(by: { $0.key < $1.key }) {
      samples([("action", action)], of: seconds)
    }
    counter("vipad_guard_checks", "Looks at this interface's addresses, for the guard or a confirmation.")
    count(counts.answeredLooks, [("result", "answered")])
    count(counts.failedLooks, [("result", "failed")])
    counter(
      "vipad_hold_downs", "How often the brake, or the guard's pause in a claim war, held a claim back.")
    for group in groups { count(counts.holdDowns[group] ?? 0, [("group", group)]) }
  }

  /// Every cause and outcome is there from the start: an increase from nothing could not be seen.
  private mutating func writeClaims(_ counts: Tally.Counts, _ groups: [String]) {
    counter("vipad_claims", "Claims that ended, by cause and outcome.")
    for group in groups {
      for cause in AuditCause.allCases where cause != .drill {
        for outcome in AuditOutcome.allCases {
          count(
            counts.claims[Tally.ClaimLabels(group: group, cause: cause, outcome: outcome)] ?? 0,
            [("group", group), ("cause", cause.rawValue), ("outcome", outcome.rawValue)])
        }
      }
    }
    histogram("vipad_claim_phase_seconds", "How long the parts of a claim's way took.")
    for phase in Tally.Phase.allCases {
      samples([("phase", phase.rawValue)], of: counts.phases[phase] ?? Histogram())
    }
  }

  /// What the operator's webhook was told; no series where none is configured.
  mutating func writeNotifications(_ notify: NotifyDocument?, _ counts: Tally.Counts) {
    guard let notify else { return }
    counter("vipad_notifications", "Notifications that came to an end, by event and outcome.")
    for event in News.Event.allCases {
      for outcome in [NotifyDocument.Outcome.delivered, .givenUp, .dropped] {
        count(
          counts.notifications[Tally.NotificationLabels(event: event, outcome: outcome)] ?? 0,
          [("event", event.rawValue), ("outcome", outcome.rawValue)])
      }
    }
    counter("vipad_notification_failed_attempts", "Attempts to deliver a notification that failed.")
    count(counts.failedNotificationAttempts)
    gauge("vipad_notifications_pending", "Notifications that wait to be delivered.")
    count(UInt64(notify.pending))
  }

  /// Credentials, clock and EC2.
  mutating func writeAWS(_ status: StatusDocument, expiration: Date?, skewSeconds: Double) {
    gauge("vipad_ec2_ok", "Whether the last call to EC2 and its connection went well.")
    truth(status.ec2.lastError == nil && status.ec2.lastSuccessAt != nil)
    gauge("vipad_clock_skew_seconds", "EC2's clock minus this router's.")
    sample(skewSeconds)
    guard let expiration else { return }
    gauge("vipad_credentials_expiration_timestamp_seconds", "When the held credentials end; none if never.")
    sample(expiration.timeIntervalSince1970)
  }

  mutating func writeAudit(_ health: AuditHealth) {
    gauge("vipad_audit_ok", "Whether the audit log takes records.")
    truth(health.ok)
    gauge("vipad_audit_seq", "The number of the last record in the audit log.")
    count(health.seq)
    gauge("vipad_audit_pending_records", "Records that wait in memory to be written.")
    count(UInt64(health.pending))
    counter("vipad_audit_lost_records", "Records given up because too many waited.")
    count(health.lost)
  }

  mutating func write(_ figures: ProcessFigures) {
    counter("process_cpu_seconds", "Processor time of user and system, in seconds.")
    sample(figures.cpuSeconds)
    gauge("process_resident_memory_bytes", "Resident memory, in bytes.")
    sample(figures.residentBytes)
    gauge("process_virtual_memory_bytes", "Virtual memory, in bytes.")
    sample(figures.virtualBytes)
    gauge("process_open_fds", "Open file descriptors.")
    sample(figures.openFiles)
    gauge("process_max_fds", "Most open file descriptors.")
    sample(figures.mostFiles)
    gauge("process_threads", "Threads of the process.")
    sample(figures.threads)
    gauge("process_start_time_seconds", "When the process started, since the epoch.")
    sample(figures.startedAtSeconds)
  }
}
