/// Whether a process makes progress, from samples of it: the rule, without clock or file.
///
/// Progress is that it waits in its event loop, or that it gave up the processor of its own accord since the sample
/// before. The second alone would not do: with an advertisement interval of 5 s keepalived sleeps that long, and as a
/// backup three times as long. Involuntary switches are none: a loop without end collects them.
///
/// Who may not know in what it sleeps (another user than root) has only the second: then it may sleep as long as its
/// `VRRPRhythm` allows.
///
/// Samples far apart prove nothing either way: vipad may have been stopped, or the machine suspended, and the process
/// with it. Such a gap is not counted as standstill, and after it progress must be seen anew.
struct VRRPProgress: Sendable {
  enum Standing: Equatable {
    case advancing
    /// It may well run, but has not been seen to yet.
    case unproven
    /// It does not run; in words, behind "VRRP process 123".
    case still(String)
  }

  private let standstillSeconds: Double
  /// Two samples further apart leave a gap in what is known: one and a half times the watcher's second.
  private let gapSeconds = 1.5
  private var last: (sample: ProcessSample, uptimeSeconds: Double)?
  private var isProven = false
  private var stillSeconds = 0.0
  private var rhythm = VRRPRhythm()
  /// When it was last seen to make progress, or was first looked at: seconds since boot.
  private(set) var lastLifeUptimeSeconds = 0.0

  init(standstillSeconds: Double) {
    self.standstillSeconds = standstillSeconds
  }

  /// Takes a sample of the process at a time since boot and rules.
  mutating func judge(_ sample: ProcessSample, uptimeSeconds now: Double) -> Standing {
    let interval = last.map { now - $0.uptimeSeconds } ?? 0
    let hasSwitched = last.map { $0.sample.voluntarySwitches != sample.voluntarySwitches } ?? false
    if last == nil { lastLifeUptimeSeconds = now }
    last = (sample, now)
    if interval > standstillSeconds {
      isProven = false
      rhythm.forget()
    }
    if hasSwitched { rhythm.noteRun(uptimeSeconds: now) }
    if sample.isStopped {
      isProven = false
      return .still("is stopped (T, SIGSTOP or a debugger)")
    }
    if sample.waitsInEventLoop || (hasSwitched && interval <= standstillSeconds) {
      isProven = true
      stillSeconds = 0
      lastLifeUptimeSeconds = now
    } else if interval <= gapSeconds {
      stillSeconds += interval
    }
    let isStill = stillSeconds >= patienceSeconds(with: sample, uptimeSeconds: now)
    if isStill { isProven = false }
    return isProven ? .advancing : isStill ? .still(Self.words(sample)) : .unproven
  }

  private func patienceSeconds(with sample: ProcessSample, uptimeSeconds now: Double) -> Double {
    guard sample.sleepsInSecret else { return standstillSeconds }
    return rhythm.patienceSeconds(atLeast: standstillSeconds, uptimeSeconds: now)
  }

  private static func words(_ sample: ProcessSample) -> String {
    switch sample.state {
    case "R": "stands still: it is busy or gets no processor (R)"
    case "D": "stands still: it waits for a device (D\(place(sample)))"
    default: "stands still: it sleeps outside of its event loop (\(sample.state)\(place(sample)))"
    }
  }

  private static func place(_ sample: ProcessSample) -> String {
    sample.sleepsIn.map { ", " + $0 } ?? ""
  }
}
