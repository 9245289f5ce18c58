import Dispatch
import Synchronization

/// The receipt for a record handed to the log: tells when it is written and when it is on the disk.
public final class AuditTicket: Sendable {
  /// Calls back once after so many milliseconds; it must not block.
  public typealias Alarm = @Sendable (_ milliseconds: Int, _ ring: @escaping @Sendable () -> Void) -> Void

  enum Stage: Int { case handedOver, tried, written, durable }

  private struct State {
    var stage = Stage.handedOver
    var position: AuditChainHead?
    /// Whether there will be no further stage.
    var isOver = false
    var nextId = 0
    var waiters: [Int: Waiter] = [:]
  }

  private struct Waiter {
    let stage: Stage
    let resume: @Sendable (Bool) -> Void
  }

  private let state = Mutex(State())

  init() {}

  /// Waits until write(2) took the whole record, so that a crash of the process can't lose it.
  ///
  /// Returns false when that did not happen in time, or at once when the record was given up.
  /// Suspends; for a thread that may block there is `blockUntilWritten`. The time is over when `alarm` rings.
  public func written(withinMilliseconds milliseconds: Int, by alarm: Alarm) async -> Bool {
    await reached(.written, milliseconds, alarm)
  }

  /// Waits until the record is written or a try to write it has failed: a failing disk is not waited for in vain.
  ///
  /// Returns whether it is written; false also when nothing came of it in time.
  public func tried(withinMilliseconds milliseconds: Int, by alarm: Alarm) async -> Bool {
    _ = await reached(.tried, milliseconds, alarm)
    return isWritten
  }

  /// Whether write(2) took the record.
  public var isWritten: Bool { state.withLock { $0.stage.rawValue >= Stage.written.rawValue } }

  /// Where the record stands in the chain; nil until it is written.
  public var position: AuditChainHead? { state.withLock { $0.position } }

  /// Whether the record was given up: too many wait, or the log is closed.
  public var isGivenUp: Bool {
    state.withLock { $0.isOver && $0.stage.rawValue < Stage.written.rawValue }
  }

  /// Waits until fdatasync(2) confirmed the record, so that a power cut can't lose it.
  ///
  /// Returns false when that did not happen in time, or at once when it can't happen any more.
  public func durable(withinMilliseconds milliseconds: Int, by alarm: Alarm) async -> Bool {
    await reached(.durable, milliseconds, alarm)
  }

  /// The blocking form of `written`, for threads that are not of the cooperative pool.
  public func blockUntilWritten(withinMilliseconds milliseconds: Int) -> Bool {
    blockUntil(.written, milliseconds)
  }

  /// The blocking form of `durable`, for threads that are not of the cooperative pool.
  public func blockUntilDurable(withinMilliseconds milliseconds: Int) -> Bool {
    blockUntil(.durable, milliseconds)
  }

  /// Tells everybody who waits for this stage or an earlier one; a stage that is behind changes nothing.
  func advance(to stage: Stage) {
    for waiter in take(reaching: stage) { waiter.resume(true) }
  }

  /// The record stands in the log: tells everybody who waits for that.
  func wrote(at position: AuditChainHead) {
    state.withLock { $0.position = position }
    advance(to: .written)
  }

  /// There will be no further stage: tells everybody who still waits.
  func end() {
    let waiters = state.withLock { state in
      state.isOver = true
      defer { state.waiters = [:] }
      return Array(state.waiters.values)
    }
    for waiter in waiters { waiter.resume(false) }
  }

  private func take(reaching stage: Stage) -> [Waiter] {
    state.withLock { state in
      if state.stage.rawValue < stage.rawValue { state.stage = stage }
      let reached = state.waiters.filter { $0.value.stage.rawValue <= stage.rawValue }
      for id in reached.keys { state.waiters[id] = nil }
      return Array(reached.values)
    }
  }

  private func reached(_ stage: Stage, _ milliseconds: Int, _ alarm: Alarm) async -> Bool {
    await withCheckedContinuation { continuation in
      guard let id = wait(for: stage, resume: { continuation.resume(returning: $0) }) else { return }
      alarm(milliseconds) { self.giveUp(id) }
    }
  }

  private func blockUntil(_ stage: Stage, _ milliseconds: Int) -> Bool {
    let done = DispatchSemaphore(value: 0)
    if let id = wait(for: stage, resume: { _ in done.signal() }),
      done.wait(timeout: .now() + .milliseconds(milliseconds)) == .timedOut
    {
      giveUp(id)
    }
    return state.withLock { $0.stage.rawValue >= stage.rawValue }
  }

  // Calls `resume` exactly once: at once (and returns nil), at the stage, at the end, or when given up.
  private func wait(for stage: Stage, resume: @escaping @Sendable (Bool) -> Void) -> Int? {
    let (answer, id): (Bool?, Int?) = state.withLock { state in
      if state.stage.rawValue >= stage.rawValue { return (true, nil) }
      if state.isOver { return (false, nil) }
      state.nextId += 1
      state.waiters[state.nextId] = Waiter(stage: stage, resume: resume)
      return (nil, state.nextId)
    }
    if let answer { resume(answer) }
    return id
  }

  private func giveUp(_ id: Int) {
    state.withLock { $0.waiters.removeValue(forKey: id) }?.resume(false)
  }
}
