import Dispatch
import Synchronization

/// Confirms written records on the disk: fdatasync(2) on a thread of its own, beside the writer's.
///
/// So the record after a claim's intent is not held up by the intent's fdatasync. Records that came in during one
/// fdatasync share the next.
final class SegmentSyncer: Sendable {
  private struct Work {
    var entries: [(segment: Segment, ticket: AuditTicket?)] = []
    var isFinishing = false
  }

  private let work = Mutex(Work())
  private let bell = DispatchSemaphore(value: 0)
  private let ended = DispatchSemaphore(value: 0)

  /// Starts the thread; on it, `begin` is called before each fdatasync and `report` with each result.
  func start(
    begin: @escaping @Sendable () -> Void, report: @escaping @Sendable (AuditError?) -> Void
  ) throws(AuditError) {
    try startThread { self.run(begin, report) }
  }

  /// Has a segment synced; the ticket learns of it.
  func enqueue(_ segment: Segment, _ ticket: AuditTicket?) {
    work.withLock { $0.entries.append((segment, ticket)) }
    bell.signal()
  }

  func finish() {
    work.withLock { $0.isFinishing = true }
    bell.signal()
  }

  /// Whether the thread ended in time; asked once, after `finish`.
  func hasEnded(before deadline: DispatchTime) -> Bool { ended.wait(timeout: deadline) == .success }

  private func run(_ begin: () -> Void, _ report: (AuditError?) -> Void) {
    var isFinishing = false
    while !isFinishing {
      bell.wait()
      let (entries, finishing) = work.withLock { work in
        defer { work.entries = [] }
        return (work.entries, work.isFinishing)
      }
      isFinishing = finishing
      sync(entries[...], begin, report)
    }
    ended.signal()
  }

  // One fdatasync for each run of entries of the same segment.
  private func sync(
    _ entries: ArraySlice<(segment: Segment, ticket: AuditTicket?)>, _ begin: () -> Void,
    _ report: (AuditError?) -> Void
  ) {
    guard let segment = entries.first?.segment else { return }
    let same = entries.prefix { $0.segment === segment }
    begin()
    do throws(AuditError) {
      try segment.sync()
      report(nil)
      for entry in same { entry.ticket?.advance(to: .durable) }
    } catch {
      report(error)
      for entry in same { entry.ticket?.end() }
    }
    sync(entries[same.endIndex...], begin, report)
  }
}
