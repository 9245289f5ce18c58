/// News that wait to be delivered, oldest first: never more than 64, for what is newer matters more.
struct NotificationQueue: Sendable {
  /// One of them.
  struct Entry: Sendable {
    let id: String
    let news: News
    let addedAt: ContinuousClock.Instant
    /// When it may be sent.
    var dueAt: ContinuousClock.Instant
    /// As it was sent the first time; a repetition is the same.
    var body: [UInt8]?
    var attempts = 0
  }

  static let limit = 64
  private(set) var entries: [Entry] = []
  /// The first is being sent: the receiver may have it already.
  var isSending = false

  /// Takes one more in; gives back the oldest where there are too many.
  mutating func append(_ news: News, id: String, at now: ContinuousClock.Instant) -> Entry? {
    entries.append(Entry(id: id, news: news, addedAt: now, dueAt: now))
    guard entries.count > Self.limit else { return nil }
    return entries.remove(at: isSending ? 1 : 0)
  }

  /// Changes the one of that id, unless it is gone.
  mutating func update(_ id: String, _ change: (inout Entry) -> Void) {
    guard let index = entries.firstIndex(where: { $0.id == id }) else { return }
    change(&entries[index])
  }

  /// Takes the one of that id out, unless it is gone.
  mutating func remove(_ id: String) { entries.removeAll { $0.id == id } }

  /// Takes all out.
  mutating func removeAll() -> [Entry] {
    defer { entries = [] }
    return entries
  }

  /// Takes all out but the one that is being sent, which its receiver may have already.
  mutating func removeWaiting() -> [Entry] {
    let sent = isSending ? 1 : 0
    defer { entries = Array(entries.prefix(sent)) }
    return Array(entries.dropFirst(sent))
  }
}
