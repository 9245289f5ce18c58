import Dispatch
import Glibc
import Synchronization
import SystemPackage

/// A thread of its own that runs the jobs of one actor, and of the tasks that prefer it.
///
/// A claim never waits for the cooperative pool, which has as few threads as the machine has cores and where
/// a read of a hanging disk could stand in the way. Jobs run in their order, those of priority `.utility` and
/// below when there is nothing else to do.
final class OwnThread: SerialExecutor, TaskExecutor, Sendable {
  private struct Jobs {
    var urgent: [UnownedJob] = []
    var others: [UnownedJob] = []

    /// The urgent jobs, or else one of the others.
    mutating func take() -> [UnownedJob] {
      guard urgent.isEmpty else {
        defer { urgent = [] }
        return urgent
      }
      return others.isEmpty ? [] : [others.removeFirst()]
    }
  }

  private let jobs = Mutex(Jobs())
  private let arrival = DispatchSemaphore(value: 0)

  /// Starts the thread; it lives as long as the process.
  init() throws(Errno) {
    var thread = pthread_t()
    let context = unsafe Unmanaged.passRetained(self).toOpaque()
    let status = unsafe pthread_create(&thread, nil, runOwnThread, context)
    guard status == 0 else { throw Errno(rawValue: status) }
    pthread_detach(thread)
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let isUrgent = job.priority.rawValue > TaskPriority.utility.rawValue
    jobs.withLock { isUrgent ? $0.urgent.append(job) : $0.others.append(job) }
    arrival.signal()
  }

  func asUnownedSerialExecutor() -> UnownedSerialExecutor { unsafe UnownedSerialExecutor(ordinary: self) }

  func asUnownedTaskExecutor() -> UnownedTaskExecutor { unsafe UnownedTaskExecutor(ordinary: self) }

  fileprivate func run() -> Never {
    while true {
      arrival.wait()
      for job in jobs.withLock({ $0.take() }) {
        unsafe job.runSynchronously(
          isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
      }
    }
  }
}

private func runOwnThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let context = unsafe context else { return nil }
  unsafe Unmanaged<OwnThread>.fromOpaque(context).takeRetainedValue().run()
}
