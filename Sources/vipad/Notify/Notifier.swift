import AWS
import Audit
import Digest
import FoundationEssentials
import Logging
import Synchronization
import SystemPackage

/// Tells the operator's webhook the news, one after the other: by a thread of its own, never on a claim's way.
///
/// Whoever has news hands them over without waiting. What waits is kept in memory only. Without a webhook there is no
/// thread, and with nothing to deliver no task and no connection.
final class Notifier: Sendable {
  private enum Step {
    case say([(entry: NotificationQueue.Entry, reason: String)])
    case send(NotificationQueue.Entry, NotifyOptions, turn: Int)
    case wait(Duration)
    case rest(isStopping: Bool)
  }

  /// How long a record is waited for that a notification names, while the disk hangs.
  private static let auditPatienceMilliseconds = 5000
  let proxy: ProxySettings
  private let tally: Tally
  private let logger: Logger
  private let state = Mutex(NotifierState())
  private let wake = Signal()
  private let ended = MonotonicWait()

  init(environment: [String: String], tally: Tally, logger: Logger) {
    proxy = ProxySettings(environment: environment)
    self.tally = tally
    self.logger = logger
  }

  /// Calls `onChange` whenever `document` may be another one.
  func follow(_ onChange: @escaping @Sendable () -> Void) { state.withLock { $0.onChange = onChange } }

  /// Puts options in force; what waits is tried at once, or dropped where there is no receiver any more.
  func configure(_ options: NotifyOptions) {
    var options = options
    do {
      try provideThread(for: options)
    } catch {
      logger.error("notify: nothing can be delivered, for there is no thread to do it: \(error)")
      options.webhook = nil
    }
    putInForce(options)
  }

  /// Called by one thread at a time.
  private func provideThread(for options: NotifyOptions) throws(Errno) {
    guard options.webhook != nil, state.withLock({ $0.thread }) == nil else { return }
    let thread = try OwnThread()
    state.withLock { $0.thread = thread }
  }

  private func putInForce(_ options: NotifyOptions) {
    let dropped = state.withLock { $0.putInForce(options) }
    for entry in dropped { tally.notified(entry.news.event, .dropped) }
    wake.give()
    start { _ in self.checkSecret(options) }
  }

  /// Takes news to be delivered; never blocks, and without a webhook does nothing.
  func add(_ news: News) {
    let (dropped, mustStart) = state.withLock { state in
      guard state.options.webhook != nil, !state.isStopping else {
        return (NotificationQueue.Entry?.none, false)
      }
      let dropped = state.queue.append(news, id: Self.newId(), at: .now)
      if let dropped { state.drop(dropped, "\(NotificationQueue.limit) newer ones wait") }
      defer { state.isDelivering = true }
      return (dropped, !state.isDelivering)
    }
    if let dropped {
      tally.notified(dropped.news.event, .dropped)
      wake.give()
    }
    if mustStart { start { await self.deliver(on: $0) } }
  }

  private func start(_ work: @escaping @Sendable (OwnThread) async -> Void) {
    guard let thread = state.withLock({ $0.thread }) else { return }
    Task(executorPreference: thread, priority: .utility) { await work(thread) }
  }

  /// Tries once more to deliver what waits, for a short time, and says what was not delivered.
  func stop(within duration: Duration = .seconds(1)) {
    let isDelivering = state.withLock { state in
      state.isStopping = true
      return state.isDelivering
    }
    guard isDelivering else { return }
    wake.give()
    _ = ended.wait(atMost: duration)
    let unsaid = state.withLock { state in
      for entry in state.queue.removeAll() { state.drop(entry, "vipad stops") }
      defer { state.unsaid = [] }
      return state.unsaid
    }
    say(unsaid)
  }

  /// What /status shows; nil without a webhook.
  var document: NotifyDocument? {
    state.withLock { state in
      state.options.webhook.map { webhook in
        NotifyDocument(
          receiver: webhook.description, pending: state.queue.entries.count, last: state.history.last,
          failing: state.history.failing, lost: state.history.lost)
      }
    }
  }

  /// 32 hexadecimal digits that no other notification has.
  private static func newId() -> String {
    let halves = [UInt64.random(in: .min ... .max), .random(in: .min ... .max)]
    return hexadecimal(halves.flatMap { half in (0..<8).map { UInt8(truncatingIfNeeded: half >> ($0 * 8)) } })
  }

  /// Says at once what would otherwise be found out with the first news.
  private func checkSecret(_ options: NotifyOptions) {
    guard options.webhook != nil, let path = options.secretFile else { return }
    do {
      _ = try Secret(file: path)
    } catch {
      logger.error("notify: nothing can be delivered: \(error)")
    }
  }

  // MARK: Delivering

  private func deliver(on thread: OwnThread) async {
    while true {
      state.withLock { $0.onChange }?()
      switch nextStep() {
      case .say(let dropped): say(dropped)
      case .send(let entry, let options, let turn): await send(entry, options, turn, on: thread)
      case .wait(let pause): await wake.wait(atMost: pause, by: thread)
      case .rest(let isStopping):
        if isStopping { ended.signal() }
        return
      }
    }
  }

  private func nextStep() -> Step {
    state.withLock { state in
      state.queue.isSending = false
      guard state.unsaid.isEmpty else {
        defer { state.unsaid = [] }
        return .say(state.unsaid)
      }
      guard let entry = state.queue.entries.first else {
        state.isDelivering = false
        return .rest(isStopping: state.isStopping)
      }
      let now = ContinuousClock.now
      guard entry.dueAt <= now || state.isStopping else { return .wait(now.duration(to: entry.dueAt)) }
      state.queue.isSending = true
      return .send(entry, state.options, turn: state.turn)
    }
  }

  private func send(
    _ entry: NotificationQueue.Entry, _ options: NotifyOptions, _ turn: Int, on thread: OwnThread
  ) async {
    guard let post = WebhookPost(options, proxy: proxy) else {
      return end(entry, .givenUp, "[notify] names no webhook or no secretFile", at: options.webhook)
    }
    var entry = entry
    entry.attempts += 1
    do {
      let body = try await body(of: entry, on: thread)
      entry.body = body
      take(await post.answer(to: body), for: entry, turn, at: post.webhook)
    } catch {
      take(.refused(reason: "it can't be written as JSON: \(error)"), for: entry, turn, at: post.webhook)
    }
  }

  /// The same bytes in each attempt; before the first the record is waited for that they name.
  private func body(of entry: NotificationQueue.Entry, on thread: OwnThread) async throws -> [UInt8] {
    if let body = entry.body { return body }
    if case .failover(_, let ticket) = entry.news.facts {
      _ = await ticket.tried(withinMilliseconds: Self.auditPatienceMilliseconds, by: thread.alarm)
    }
    return try NotificationDocument(entry.news, id: entry.id).jsonBytes()
  }

  private func take(
    _ answer: DeliveryAnswer, for entry: NotificationQueue.Entry, _ turn: Int, at receiver: WebhookURL
  ) {
    let age = entry.addedAt.duration(to: .now)
    switch answer {
    case .delivered(let status):
      end(entry, .delivered, at: receiver)
      logger.notice(
        "notify: \(entry.words) delivered to \(receiver), status \(status), attempt \(entry.attempts), \(age.inTenths) s after it happened"
      )
    case .refused(let reason):
      if !tryAnew(entry, turn, receiver, reason) { giveUp(entry, receiver, reason) }
    case .failed(let reason, let retryAfter):
      tally.notificationFailed()
      guard !tryAnew(entry, turn, receiver, reason) else { return }
      let pause = DeliveryPace.pause(
        afterFailures: entry.attempts, retryAfter: retryAfter, fraction: .random(in: 0...1))
      guard !DeliveryPace.isTooLate(afterPause: pause, age: age) else {
        return giveUp(entry, receiver, "\(reason), for an hour")
      }
      guard !state.withLock({ $0.isStopping }) else {
        return giveUp(entry, receiver, "\(reason), and vipad stops")
      }
      tryLater(entry, after: pause, reason, at: receiver)
      logger.warning(
        "notify: \(entry.words) attempt \(entry.attempts) at \(receiver) failed: \(reason); again in \(pause.inTenths) s"
      )
    }
  }

  /// True where the options have changed during the attempt, so that its failure is none of theirs.
  private func tryAnew(
    _ entry: NotificationQueue.Entry, _ turn: Int, _ receiver: WebhookURL, _ reason: String
  ) -> Bool {
    guard let change = state.withLock({ $0.afterChange(entry, since: turn) }) else { return false }
    if change == .dropped { tally.notified(entry.news.event, .dropped) }
    logger.warning(
      "notify: \(entry.words) attempt \(entry.attempts) at \(receiver) failed: \(reason); [notify] has changed since"
    )
    return true
  }

  private func tryLater(
    _ entry: NotificationQueue.Entry, after pause: Duration, _ reason: String, at receiver: WebhookURL
  ) {
    state.withLock { state in
      state.queue.update(entry.id) { kept in
        kept = entry
        kept.dueAt = .now + pause
      }
      state.note(entry, .failing, reason, at: receiver)
    }
  }

  private func giveUp(_ entry: NotificationQueue.Entry, _ receiver: WebhookURL, _ reason: String) {
    end(entry, .givenUp, reason, at: receiver)
    logger.error("notify: \(entry.words) given up after attempt \(entry.attempts) at \(receiver): \(reason)")
  }

  private func end(
    _ entry: NotificationQueue.Entry, _ outcome: NotifyDocument.Outcome, _ reason: String? = nil,
    at receiver: WebhookURL?
  ) {
    state.withLock { state in
      state.queue.remove(entry.id)
      state.note(entry, outcome, reason, at: receiver)
    }
    tally.notified(entry.news.event, outcome)
  }

  private func say(_ dropped: [(entry: NotificationQueue.Entry, reason: String)]) {
    for (entry, reason) in dropped {
      logger.error("notify: \(entry.words) dropped after \(entry.attempts) attempts: \(reason)")
    }
  }
}

extension NotificationQueue.Entry {
  /// What the log calls it.
  fileprivate var words: String { "\(news.event.rawValue) \(id)" }
}

extension Duration {
  /// Seconds with one decimal.
  fileprivate var inTenths: Double { (self / .milliseconds(100)).rounded() / 10 }
}
