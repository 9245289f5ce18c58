import CLinux
import Dispatch
import Failover
import Glibc
import Synchronization
import SystemPackage

/// Watches keepalived's VRRP process: its death and a new pid file are seen at once, a standstill within 3 s.
///
/// A thread of its own sleeps in poll(2) on a pidfd and inotify(7) and looks once a second by itself, ten times a second
/// while a new process has not been seen to run yet. Where nothing is to be watched there is no thread.
final class VRRPProcessWatcher: Sendable {
  private let isWatched: Bool
  private let judge: Mutex<VRRPProcessJudge>
  private let files: PidFileEvents
  private let wake: WakeEvent
  private let isEnding = Atomic<Bool>(false)
  private let ended = DispatchSemaphore(value: 0)
  private let onChange: @Sendable (VRRPLiveness) -> Void

  /// Looks once, so that `current` is true, and starts the thread.
  ///
  /// `onChange` is called in that thread with each verdict that differs from the one before, the first being that of
  /// `current` here; it must not block nor call `stop()`. The watcher lives until it is stopped.
  ///
  /// - Throws: what the system refused.
  init(
    _ settings: VRRPProcessSettings, onChange: @escaping @Sendable (VRRPLiveness) -> Void
  ) throws(VRRPProcessError) {
    self.onChange = onChange
    do throws(Errno) { wake = try WakeEvent() } catch { throw .because("eventfd", error) }
    isWatched = settings.keepalivedPidFile != .unwatched
    files = try PidFileEvents(isWatched ? [settings.vrrpPidFile] + settings.keepalivedPidFiles : [])
    judge = Mutex(VRRPProcessJudge(settings))
    guard isWatched else { return }
    let first = look()
    DispatchQueue(label: "vrrp-process").async { self.run(first) }
  }

  /// A process was found, and has not been seen to run yet.
  var awaitsProof: Bool { judge.withLock { $0.awaitsProof } }

  /// The last verdict.
  var current: VRRPLiveness { judge.withLock { $0.verdict } }

  /// Judges anew from /proc, for "evaluate again before sending": blocks for well under a millisecond.
  ///
  /// A verdict that has changed by it is told to `onChange` too, by the watcher's thread.
  @discardableResult
  func checkNow() -> VRRPLiveness {
    guard isWatched else { return .unwatched }
    let before = current
    let verdict = look()
    if verdict != before { wake.give() }
    return verdict
  }

  private func look() -> VRRPLiveness {
    judge.withLock { $0.judge(uptimeSeconds: DaemonClock.uptime().seconds) }
  }

  /// Ends the thread and waits for it; afterwards nothing is told any more.
  func stop() {
    guard isWatched, !isEnding.exchange(true, ordering: .relaxed) else { return }
    wake.give()
    ended.wait()
  }

  private func run(_ first: VRRPLiveness) {
    var told = first
    while true {
      waitForNews()
      if isEnding.load(ordering: .relaxed) { break }
      let verdict = look()
      if verdict != told { onChange(verdict) }
      told = verdict
    }
    ended.signal()
  }

  private func waitForNews() {
    let (death, awaitsProof) = judge.withLock { ($0.death, $0.awaitsProof) }
    var sources = [wake.descriptor, files.descriptor, death?.descriptor ?? -1].map { descriptor in
      pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    }
    unsafe poll(&sources, nfds_t(sources.count), awaitsProof ? 100 : 1000)
    wake.take()
    files.drain()
    withExtendedLifetime(death) {}
  }
}

/// Why the VRRP process can't be watched.
struct VRRPProcessError: Error, Equatable, CustomStringConvertible {
  /// One line for the operator.
  let description: String

  /// The calling thread's last error.
  static func last(_ operation: String) -> VRRPProcessError {
    because(operation, Errno(rawValue: errno))
  }

  static func because(_ operation: String, _ error: Errno) -> VRRPProcessError {
    VRRPProcessError(description: "keepalived can't be watched: \(operation): \(error.description)")
  }
}
