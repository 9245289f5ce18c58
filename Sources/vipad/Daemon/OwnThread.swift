import Dispatch
import Glibc
import Synchronization
import SystemPackage

/// A thread of its own that runs the jobs of one actor, and of the tasks that prefer it, in their order.
///
/// A claim never waits for the cooperative pool, which has as few threads as the machine has cores and where
/// a read of a hanging disk could stand in the way.
final class OwnThread: SerialExecutor, TaskExecutor, Sendable {
  private let jobs = Mutex<[UnownedJob]>([])
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
    jobs.withLock { $0.append(job) }
    arrival.signal()
  }

  func asUnownedSerialExecutor() -> UnownedSerialExecutor { unsafe UnownedSerialExecutor(ordinary: self) }

  func asUnownedTaskExecutor() -> UnownedTaskExecutor { unsafe UnownedTaskExecutor(ordinary: self) }

  fileprivate func run() -> Never {
    while true {
      arrival.wait()
      for job in take() {
        unsafe job.runSynchronously(
          isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
      }
    }
  }

  private func take() -> [UnownedJob] {
    jobs.withLock { waiting in
      defer { waiting = [] }
      return waiting
    }
  }
}

private func runOwnThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let context = unsafe context else { return nil }
  unsafe Unmanaged<OwnThread>.fromOpaque(context).takeRetainedValue().run()
}
