import FoundationEssentials

/// Records on their way to the file, oldest first; beyond the limit they are only counted, for a `gap` record.
struct PendingRecords {
  private enum Item {
    case record(AuditRecord, AuditTicket)
    case gap(count: Int, from: Date, to: Date)
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
    if case .gap(let count, let from, _) = items.last {
      items[items.endIndex - 1] = .gap(count: count + 1, from: from, to: record.time)
    } else {
      items.append(.gap(count: 1, from: record.time, to: record.time))
    }
    return false
  }

  /// The record to be written next; it stays here until `removeFirst`.
  ///
  /// A gap that has come to the front is closed by this: records given up later are counted in a new one.
  mutating func first(at now: Date) -> (AuditRecord, AuditTicket)? {
    if case .gap(let count, let from, let to) = items.first {
      items[items.startIndex] = .record(Self.gap(count, from, to, at: now), AuditTicket())
    }
    guard case .record(let record, let ticket) = items.first else { return nil }
    return (record, ticket)
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

  /// Gives up everything that is left.
  mutating func removeAll() -> [AuditTicket] {
    defer { items = [] }
    return tickets(of: items)
  }

  private func tickets(of items: ArraySlice<Item>) -> [AuditTicket] {
    items.compactMap { if case .record(_, let ticket) = $0 { ticket } else { nil } }
  }

  private static func gap(_ count: Int, _ from: Date, _ to: Date, at now: Date) -> AuditRecord {
    var record = AuditRecord(.gap, at: now)
    let range = "between \(Timestamp.text(from)) and \(Timestamp.text(to))"
    record.detail = "\(count) records \(range) were lost: the disk failed and memory for them was full"
    return record
  }
}
