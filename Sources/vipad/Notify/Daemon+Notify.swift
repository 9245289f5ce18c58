import AWS
import Audit
import Failover
import FoundationEssentials

/// What is told to the operator's webhook; nothing here waits for it.
extension Daemon {
  /// Begins to deliver, where a webhook is configured.
  func beginNotifying() {
    notifier.follow { _ = self.start(priority: .utility) { await $0.noteNotify() } }
    notifier.configure(configuration.notify)
    background.append(start(priority: .utility) { await $0.followWebhook() })
  }

  /// Puts `configuration.notify` in force; `before` was.
  func notifyReconfigured(_ before: NotifyOptions) {
    notifier.configure(configuration.notify)
    if before != configuration.notify { webhookFinding = nil }
    noteNotify()
    webhookChanged.give()
  }

  /// Looks at what a delivery needs, every 20 s and after a reload.
  private func followWebhook() async {
    while !Task.isCancelled {
      let options = configuration.notify
      let found = await WebhookSurvey(options: options, proxy: notifier.proxy).finding()
      if options == configuration.notify {
        webhookFinding = found
        noteNotify()
      }
      guard options.webhook != nil else {
        await webhookChanged.wait()
        continue
      }
      await webhookChanged.wait(atMost: Self.surveyPeriod, by: thread)
    }
  }

  /// Shows whether notifications get through.
  private func noteNotify() {
    if let finding = Finding.notify(webhookFinding, notifier.document) {
      checks.note(finding)
    } else {
      checks.drop(.notify)
    }
    publishSoon()
  }

  /// A claim's outcome is being recorded: an accepted one is a failover to this router.
  func tellFailover(_ claim: KeptClaim?, of record: AuditRecord, _ ticket: AuditTicket) {
    guard let claim, claim.outcome == .accepted || claim.outcome == .recoveredAccepted else { return }
    notifier.add(
      News(
        facts: .failover(claim, ticket), time: record.time, group: claim.group, instanceId: record.instanceId)
    )
  }

  /// A group's verdict has gone to or from `contended`.
  func tellContention(of group: StatusDocument.GroupDocument, began: Bool) {
    notifier.add(
      News(
        facts: .contention(verdict: group.verdict, began: began), time: Date.now, group: group.group,
        instanceId: identities[group.group]?.instanceId))
  }

  /// Tells that this router is not ready, or is again, once that has lasted.
  func tellReadiness(of document: StatusDocument) {
    guard configuration.notify.webhook != nil else {
      readinessNews = ReadinessNews()
      return
    }
    guard let since = readinessNews.show(document.readiness.ready, at: Date.now) else { return }
    thread.after(.seconds(configuration.notify.notReadySeconds)) {
      _ = self.start(priority: .utility) { await $0.readinessLasted(since: since) }
    }
  }

  private func readinessLasted(since: Date) {
    guard let readiness = shown?.readiness, readinessNews.lasted(since: since) else { return }
    notifier.add(
      News(
        facts: .readiness(readiness, since: since), time: Date.now,
        instanceId: identities.values.first?.instanceId))
  }
}

/// Whether this router is ready, as it was told last: what comes and goes quickly is not worth a word.
struct ReadinessNews {
  /// A router that starts is not ready, and nobody needs to hear of that unless it lasts.
  private var isToldReady = true
  /// Since when it is not as it was told.
  private var changedAt: Date?

  /// Takes what is shown now; gives back the moment where that is a change, which is to be told if it lasts.
  mutating func show(_ isReady: Bool, at now: Date) -> Date? {
    guard isReady != isToldReady else {
      changedAt = nil
      return nil
    }
    guard changedAt == nil else { return nil }
    changedAt = now
    return now
  }

  /// Whether the change of that moment is to be told now: it has lasted, and was not told.
  mutating func lasted(since: Date) -> Bool {
    guard changedAt == since else { return false }
    isToldReady.toggle()
    changedAt = nil
    return true
  }
}
