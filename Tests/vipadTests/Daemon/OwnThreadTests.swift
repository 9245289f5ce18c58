import Dispatch
import Failover
import Synchronization
import Testing

@testable import vipad

/// The daemon's thread: its jobs, and its clock.
struct OwnThreadTests {
  private let thread: OwnThread

  init() throws { thread = try OwnThread() }

  @Test func alarmsRingInTheOrderOfTheirMoments() {
    let rung = Mutex<[Int]>([])
    let all = DispatchSemaphore(value: 0)
    for milliseconds in [40, 10, 30, 20] {
      thread.after(.milliseconds(milliseconds)) {
        rung.withLock { $0.append(milliseconds) }
        all.signal()
      }
    }
    for _ in 0..<4 { all.wait() }
    #expect(rung.withLock { $0 } == [10, 20, 30, 40])
  }

  @Test func anAlarmThatIsTakenBackDoesNotRing() {
    let flag = Flag()
    let later = DispatchSemaphore(value: 0)
    let alarm = thread.after(.milliseconds(10)) { flag.isSet.store(true, ordering: .relaxed) }
    thread.after(.milliseconds(30)) { later.signal() }
    #expect(thread.cancel(alarm))
    #expect(!thread.cancel(alarm))
    later.wait()
    let wasRung = flag.isSet.load(ordering: .relaxed)
    #expect(!wasRung)
  }

  @Test func aSleepLastsAsLongAsItIsToLast() async {
    let begin = DaemonClock.uptime()
    #expect(await thread.slept(for: .milliseconds(20)))
    #expect(DaemonClock.uptime() - begin >= .milliseconds(20))
  }

  @Test(arguments: [false, true])
  func cancellingEndsASleepAtOnce(isAsleep: Bool) async {
    let thread = thread
    let sleeper = Task(executorPreference: thread) { await thread.slept(for: .seconds(3600)) }
    // What is behind it in the thread's queue runs when it sleeps.
    if isAsleep { await Task(executorPreference: thread) {}.value }
    sleeper.cancel()
    #expect(await !sleeper.value)
  }

  @Test func whatIsNotUrgentWaitsWhileItIsKeptBackAndNoLonger() async {
    let (thread, flag) = (thread, Flag())
    let begin = DaemonClock.uptime()
    thread.keepOthersBack(for: .milliseconds(200))
    let other = Task(executorPreference: thread, priority: .utility) {
      flag.isSet.store(true, ordering: .relaxed)
    }
    let wasFirst = await Task(executorPreference: thread) { flag.isSet.load(ordering: .relaxed) }.value
    await other.value
    let waited = DaemonClock.uptime() - begin
    #expect(waited >= .milliseconds(200))
    #expect(!wasFirst)
    thread.keepOthersBack(for: .seconds(3600))
    let next = Task(executorPreference: thread, priority: .utility) {}
    thread.letOthersRun()
    await next.value
  }

  @Test(.timeLimit(.minutes(1))) func keepingBackAgainAndAgainStarvesNobody() async {
    let flag = Flag()
    thread.keepOthersBack(for: .milliseconds(5))
    _ = Task(executorPreference: thread, priority: .utility) { flag.isSet.store(true, ordering: .relaxed) }
    while !flag.isSet.load(ordering: .relaxed) {
      thread.keepOthersBack(for: .milliseconds(5))
      await Task(executorPreference: thread) {}.value
    }
  }
}

private final class Flag: Sendable {
  let isSet = Atomic(false)
}
