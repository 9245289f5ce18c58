import Audit
import Failover
import Glibc
import Synchronization
import SystemPackage

/// A thread of its own that runs the jobs of one actor, and of the tasks that prefer it, and keeps their time.
///
/// A claim never waits for the cooperative pool, which has as few threads as the machine has cores and where
/// a read of a hanging disk could stand in the way. Jobs run in their order, those of priority `.utility` and
/// below when there is nothing else to do. Nothing at all runs while there is no job and no time has come: the
/// pool looks at itself once a second, and `Task.sleep` needs it.
final class OwnThread: SerialExecutor, TaskExecutor, Sendable {
  /// What is to be called at a moment.
  struct Alarm: Sendable {
    fileprivate let at: Uptime
    fileprivate let number: UInt64
    fileprivate let ring: @Sendable () -> Void
  }

  private struct Work {
    var urgent: [UnownedJob] = []
    var others: [UnownedJob] = []
    var othersWaitUntil: Uptime?
    /// By their moments.
    var alarms: [Alarm] = []
    var lastNumber: UInt64 = 0
    /// The thread sleeps, or is about to.
    var isAsleep = false

    /// The urgent jobs, or else one of the others where its time has come.
    mutating func take(at now: Uptime) -> [UnownedJob] {
      guard urgent.isEmpty else {
        defer { urgent = [] }
        return urgent
      }
      if let until = othersWaitUntil, until > now { return [] }
      return others.isEmpty ? [] : [others.removeFirst()]
    }

    mutating func takeAlarms(at now: Uptime) -> [Alarm] {
      let due = alarms.prefix { $0.at <= now }
      alarms.removeFirst(due.count)
      return Array(due)
    }

    /// When there will be something to do without anything new; nil: never.
    var nextMoment: Uptime? {
      let others = others.isEmpty ? nil : othersWaitUntil
      return [others, alarms.first?.at].compactMap(\.self).min()
    }
  }

  private let work = Mutex(Work())
  private let wake: WakeEvent
  /// The thread's alone.
  private let timer: Mutex<WakeTimer>

  /// Starts the thread; it lives as long as the process.
  init() throws(Errno) {
    wake = try WakeEvent()
    timer = Mutex(try WakeTimer())
    var thread = pthread_t()
    let context = unsafe Unmanaged.passRetained(self).toOpaque()
    let status = unsafe pthread_create(&thread, nil, runOwnThread, context)
    guard status == 0 else { throw Errno(rawValue: status) }
    pthread_detach(thread)
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let isUrgent = job.priority.rawValue > TaskPriority.utility.rawValue
    change { isUrgent ? $0.urgent.append(job) : $0.others.append(job) }
  }

  func asUnownedSerialExecutor() -> UnownedSerialExecutor { unsafe UnownedSerialExecutor(ordinary: self) }

  func asUnownedTaskExecutor() -> UnownedTaskExecutor { unsafe UnownedTaskExecutor(ordinary: self) }

  // MARK: Time

  /// Calls `ring` on this thread after so long, by the clock that goes on while the machine is suspended.
  @discardableResult
  func after(_ duration: Duration, _ ring: @escaping @Sendable () -> Void) -> Alarm {
    let at = DaemonClock.uptime() + duration
    return change { work in
      work.lastNumber += 1
      let alarm = Alarm(at: at, number: work.lastNumber, ring: ring)
      work.alarms.insert(alarm, at: work.alarms.firstIndex { $0.at > at } ?? work.alarms.endIndex)
      return alarm
    }
  }

  /// Takes an alarm back; false where it was rung or taken back before.
  @discardableResult
  func cancel(_ alarm: Alarm) -> Bool {
    work.withLock { work in
      guard let index = work.alarms.firstIndex(where: { $0.number == alarm.number }) else { return false }
      work.alarms.remove(at: index)
      return true
    }
  }

  /// `after`, as receipts of the audit log take it.
  var alarm: AuditTicket.Alarm {
    { milliseconds, ring in self.after(.milliseconds(milliseconds), ring) }
  }

  /// Sleeps so long; false when the task was cancelled, which ends the sleep.
  func slept(for duration: Duration) async -> Bool {
    let sleep = Sleep()
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let alarm = after(duration) { sleep.end(true) }
        if !sleep.begin(continuation, alarm) { cancel(alarm) }
      }
    } onCancel: {
      if let alarm = sleep.end(false) { cancel(alarm) }
    }
  }

  /// Keeps jobs that are not urgent back for so long from now: something is under way that they would hold up.
  ///
  /// Not where some wait already: who keeps them back again and again must not do so for ever.
  func keepOthersBack(for duration: Duration) {
    let until = DaemonClock.uptime() + duration
    work.withLock { if $0.others.isEmpty { $0.othersWaitUntil = until } }
  }

  /// Lets jobs that are not urgent run again.
  func letOthersRun() {
    change { $0.othersWaitUntil = nil }
  }

  // MARK: The thread

  private func change<Result>(_ change: (inout Work) -> Result) -> Result where Result: Sendable {
    let (result, wasAsleep) = work.withLock { work in
      let result = change(&work)
      defer { work.isAsleep = false }
      return (result, work.isAsleep)
    }
    if wasAsleep { wake.give() }
    return result
  }

  fileprivate func run() -> Never {
    while true {
      let now = DaemonClock.uptime()
      let (alarms, jobs, next) = work.withLock { work in
        let alarms = work.takeAlarms(at: now)
        let jobs = work.take(at: now)
        work.isAsleep = alarms.isEmpty && jobs.isEmpty
        return (alarms, jobs, work.nextMoment)
      }
      for alarm in alarms { alarm.ring() }
      for job in jobs {
        unsafe job.runSynchronously(
          isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
      }
      if alarms.isEmpty, jobs.isEmpty { timer.withLock { $0.wait(until: next, orFor: wake) } }
    }
  }
}

/// The sleep of one task, which ends once: by its alarm or by cancellation.
private final class Sleep: Sendable {
  private enum State {
    case awake
    case asleep(CheckedContinuation<Bool, Never>, OwnThread.Alarm)
    case over(isTimeOver: Bool)
  }

  private let state = Mutex(State.awake)

  /// False where it is over already.
  func begin(_ continuation: CheckedContinuation<Bool, Never>, _ alarm: OwnThread.Alarm) -> Bool {
    let result: Bool? = state.withLock { state in
      if case .over(let isTimeOver) = state { return isTimeOver }
      state = .asleep(continuation, alarm)
      return nil
    }
    if let result { continuation.resume(returning: result) }
    return result == nil
  }

  /// Gives back the alarm that is not needed any more.
  @discardableResult
  func end(_ isTimeOver: Bool) -> OwnThread.Alarm? {
    let (continuation, alarm) = state.withLock {
      state -> (CheckedContinuation<Bool, Never>?, OwnThread.Alarm?) in
      switch state {
      case .over: return (nil, nil)
      case .awake:
        state = .over(isTimeOver: isTimeOver)
        return (nil, nil)
      case .asleep(let continuation, let alarm):
        state = .over(isTimeOver: isTimeOver)
        return (continuation, alarm)
      }
    }
    continuation?.resume(returning: isTimeOver)
    return alarm
  }
}

private func runOwnThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let context = unsafe context else { return nil }
  unsafe Unmanaged<OwnThread>.fromOpaque(context).takeRetainedValue().run()
}
