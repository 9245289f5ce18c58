import FoundationEssentials

/// Records on their way to the file, oldest first; beyond the limit they are only counted, for a `gap` record.
struct PendingRecords {
  private enum Item {
    case record(AuditRecord, AuditTicket)
    // Once it is being written, what is given up later is counted in a new one.
    case gap(LostRecords, isClosed: Bool)
  }

  private let limit: Int
  private var items: ArraySlice<Item> = []
  // How many of the first were told that a try to write them failed.
  private var toldCount = 0

  init(limit: Int) { self.limit = limit }

  var count: Int { items.count }

  /// Takes a record in; false when it was given up.
  mutating func append(_ record: AuditRecord, _ ticket: AuditTicket) -> Bool {
    if items.count < limit {
      items.append(.record(record, ticket))
      return true
    }
    let lost = LostRecords(at: record.time)
    if case .gap(var before, isClosed: false) = items.last {
      before.add(lost)
      items[items.endIndex - 1] = .gap(before, isClosed: false)
    } else {
      items.append(.gap(lost, isClosed: false))
    }
    return false
  }

  /// The record to be written next; it stays here until `removeFirst`.
  ///
  /// A gap that has come to the front is closed by this.
  mutating func first(at now: Date) -> (AuditRecord, AuditTicket)? {
    switch items.first {
    case .record(let record, let ticket): return (record, ticket)
    case .gap(let lost, _):
      items[items.startIndex] = .gap(lost, isClosed: true)
      return (Self.gap(lost, at: now), AuditTicket())
    case nil: return nil
    }
  }

  mutating func removeFirst() {
    items = items.dropFirst()
    toldCount = max(0, toldCount - 1)
  }

  /// The tickets of the records whose callers do not know yet that the disk fails; each is given once.
  mutating func ticketsToTell() -> [AuditTicket] {
    defer { toldCount = items.count }
    return tickets(of: items.dropFirst(toldCount))
  }

  /// Gives up everything that is left: the records, and how many are lost with those that were before.
  mutating func removeAll() -> (records: [AuditRecord], lost: LostRecords?) {
    defer { items = [] }
    for ticket in tickets(of: items) { ticket.end() }
    var lost: LostRecords?
    let records = items.compactMap { item in
      let (record, one) = Self.givenUp(item)
      lost?.add(one)
      lost = lost ?? one
      return record
    }
    return (records, lost)
  }

  private static func givenUp(_ item: Item) -> (AuditRecord?, LostRecords) {
    switch item {
    case .record(let record, _): (record, LostRecords(at: record.time))
    case .gap(let lost, _): (nil, lost)
    }
  }

  private func tickets(of items: ArraySlice<Item>) -> [AuditTicket] {
    items.compactMap { if case .record(_, let ticket) = $0 { ticket } else { nil } }
  }

  private static func gap(_ lost: LostRecords, at now: Date) -> AuditRecord {
    var record = AuditRecord(.gap, at: now)
    record.detail = lost.words("the disk failed and memory for them was full")
    return record
  }
}
