import AWS
import FoundationEssentials

/// What a `Notifier` knows, under its lock.
struct NotifierState {
  private(set) var options = NotifyOptions()
  /// Grows with each change of the options: how an attempt under earlier ones failed says nothing of these.
  private(set) var turn = 0
  /// There from the first webhook on.
  var thread: OwnThread?
  var queue = NotificationQueue()
  /// Dropped, and the log has no line of it yet.
  var unsaid: [(entry: NotificationQueue.Entry, reason: String)] = []
  private(set) var history = DeliveryHistory()
  var isDelivering = false
  var isStopping = false
  var onChange: (@Sendable () -> Void)?

  private static let noWebhook = "there is no webhook any more"

  /// Puts options in force: what waits is due now.
  ///
  /// Gives back what is dropped, where there is no receiver any more.
  mutating func putInForce(_ options: NotifyOptions) -> [NotificationQueue.Entry] {
    if options.webhook != self.options.webhook { history = DeliveryHistory() }
    self.options = options
    turn += 1
    let dropped = options.webhook == nil ? queue.removeWaiting() : []
    for entry in dropped { drop(entry, Self.noWebhook) }
    for entry in queue.entries { queue.update(entry.id) { $0.dueAt = .now } }
    return dropped
  }

  /// Notes how a notification fared at a receiver, unless there is another one by now.
  mutating func note(
    _ entry: NotificationQueue.Entry, _ outcome: NotifyDocument.Outcome, _ reason: String? = nil,
    at receiver: WebhookURL?
  ) {
    guard receiver == options.webhook else { return }
    history.note(entry.news.event, id: entry.id, outcome, reason, at: Date.now.rfc3339)
  }

  mutating func drop(_ entry: NotificationQueue.Entry, _ reason: String) {
    note(entry, .dropped, reason, at: options.webhook)
    if unsaid.count < NotificationQueue.limit { unsaid.append((entry, reason)) }
  }

  /// What becomes of an attempt that failed under options that are not in force any more.
  enum AfterChange { case tryNow, dropped }

  /// Gives an attempt that failed another chance at once where the options have changed since.
  ///
  /// Nil where they have not.
  mutating func afterChange(_ entry: NotificationQueue.Entry, since turn: Int) -> AfterChange? {
    guard turn != self.turn else { return nil }
    guard options.webhook != nil else {
      queue.remove(entry.id)
      drop(entry, Self.noWebhook)
      return .dropped
    }
    queue.update(entry.id) { kept in
      kept = entry
      kept.dueAt = .now
    }
    return .tryNow
  }
}
