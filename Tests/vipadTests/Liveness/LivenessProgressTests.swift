import Failover
import Glibc
import Testing

@testable import vipad

struct LivenessProgressTests {
  private var progress = VRRPProgress(standstillSeconds: 3)

  @Test mutating func aProcessAsleepInItsEventLoopIsAliveHoweverLong() {
    for second in 0..<60 {
      #expect(progress.judge(.sleeping(in: "do_epoll_wait"), uptimeSeconds: Double(second)) == .advancing)
    }
  }

  @Test mutating func aProcessThatWaitsOutsideOfItsEventLoopMustGiveUpTheProcessorWithinThreeSeconds() {
    #expect(progress.judge(.sleeping(in: "futex_wait", switches: 1), uptimeSeconds: 0) == .unproven)
    #expect(progress.judge(.sleeping(in: "futex_wait", switches: 2), uptimeSeconds: 1) == .advancing)
    #expect(progress.judge(.sleeping(in: "futex_wait", switches: 2), uptimeSeconds: 2) == .advancing)
    #expect(progress.judge(.sleeping(in: "futex_wait", switches: 2), uptimeSeconds: 3) == .advancing)
    let still = progress.judge(.sleeping(in: "futex_wait", switches: 2), uptimeSeconds: 4)
    #expect(still == .still("stands still: it sleeps outside of its event loop (S, futex_wait)"))
    #expect(progress.lastLifeUptimeSeconds == 1)
    #expect(progress.judge(.sleeping(in: "futex_wait", switches: 3), uptimeSeconds: 5) == .advancing)
  }

  /// Another user than root does not see in what it sleeps.
  @Test mutating func whereTheSleepIsHiddenAnAdvertisementIntervalOfFiveSecondsIsNoStandstill() {
    #expect(progress.judge(.sleeping(in: nil, switches: 0), uptimeSeconds: 0) == .unproven)
    for second in 1..<300 {
      let standing = progress.judge(
        .sleeping(in: nil, switches: UInt64(1 + second / 5)), uptimeSeconds: Double(second))
      #expect(standing == .advancing, "\(second)")
    }
  }

  /// What was learnt of a process that runs each second: first 7 s are allowed, after a minute 3 s.
  @Test(arguments: [(10, 7), (120, 3)])
  func whereTheSleepIsHiddenAStandstillIsSeen(seconds: Int, allowed: Int) {
    var progress = progress
    _ = progress.judge(.sleeping(in: nil, switches: 0), uptimeSeconds: 0)
    for second in 1...seconds {
      _ = progress.judge(.sleeping(in: nil, switches: UInt64(second)), uptimeSeconds: Double(second))
    }
    for second in 1...allowed {
      let standing = progress.judge(
        .sleeping(in: nil, switches: UInt64(seconds)), uptimeSeconds: Double(seconds + second))
      #expect((standing == .advancing) == (second < allowed), "\(second)")
    }
  }

  /// It is known without knowing where: a busy or blocked process gets no more than 3 s.
  @Test(arguments: ["R", "D"] as [Character])
  func whereTheSleepIsHiddenOneThatDoesNotSleepIsStillAfterThreeSeconds(state: Character) {
    var progress = progress
    var sample = ProcessSample.sleeping(in: nil)
    sample.state = state
    let standings = (0...3).map { progress.judge(sample, uptimeSeconds: Double($0)) }
    #expect(standings.dropLast().allSatisfy { $0 == .unproven } && standings.last != .unproven)
  }

  @Test(
    arguments: [
      ("D", "sock_wait", "stands still: it waits for a device (D, sock_wait)"),
      ("R", nil, "stands still: it is busy or gets no processor (R)"),
      ("S", "futex_wait", "stands still: it sleeps outside of its event loop (S, futex_wait)"),
    ] as [(Character, String?, String)])
  func saysWhatAProcessThatStandsStillDoes(state: Character, place: String?, words: String) {
    var progress = progress
    var sample = ProcessSample.sleeping(in: place)
    sample.state = state
    let standings = (0...3).map { progress.judge(sample, uptimeSeconds: Double($0)) }
    #expect(standings == [.unproven, .unproven, .unproven, .still(words)])
  }

  @Test mutating func aStoppedProcessIsDeadAtOnceAndMustProveItselfAfterwards() {
    #expect(progress.judge(.sleeping(in: "ep_poll"), uptimeSeconds: 0) == .advancing)
    var stopped = ProcessSample.sleeping(in: "do_signal_stop")
    stopped.state = "T"
    #expect(progress.judge(stopped, uptimeSeconds: 1) == .still("is stopped (T, SIGSTOP or a debugger)"))
    #expect(progress.judge(.sleeping(in: nil), uptimeSeconds: 1.1) == .unproven)
    #expect(progress.judge(.sleeping(in: nil, switches: 2), uptimeSeconds: 1.2) == .advancing)
  }

  @Test mutating func afterVipadItselfStoodStillProgressMustBeSeenAnew() {
    _ = progress.judge(.sleeping(in: nil, switches: 1), uptimeSeconds: 0)
    #expect(progress.judge(.sleeping(in: nil, switches: 2), uptimeSeconds: 1) == .advancing)
    #expect(progress.judge(.sleeping(in: nil, switches: 99), uptimeSeconds: 61) == .unproven)
    #expect(progress.judge(.sleeping(in: nil, switches: 100), uptimeSeconds: 61.1) == .advancing)
  }

  @Test mutating func aTimeInWhichVipadDidNotLookIsNoStandstill() {
    _ = progress.judge(.sleeping(in: nil, switches: 1), uptimeSeconds: 0)
    _ = progress.judge(.sleeping(in: nil, switches: 2), uptimeSeconds: 1)
    #expect(progress.judge(.sleeping(in: nil, switches: 2), uptimeSeconds: 3.9) == .advancing)
    #expect(progress.judge(.sleeping(in: nil, switches: 2), uptimeSeconds: 4.1) == .advancing)
    #expect(progress.judge(.sleeping(in: nil, switches: 2), uptimeSeconds: 60) == .unproven)
  }
}

struct LivenessSampleTests {
  @Test func readsThisProcess() throws {
    let sample = try #require(ProcessSample(processId: getpid()))
    #expect(sample.parentId == getppid())
    let now = DaemonClock.uptime().seconds
    let seconds = try #require(Double(try shell("ps -o etimes= -p \(getpid())").filter { $0 != " " }))
    #expect(abs(now - sample.startedAtUptimeSeconds - seconds) < 3)
  }

  @Test func understandsANameThatLooksLikeFields() throws {
    let fields = "R 77 " + (5...21).map(String.init).joined(separator: " ") + " 4242 23 24"
    let status = "Name:\tx\nvoluntary_ctxt_switches:\t12\nnonvoluntary_ctxt_switches:\t3\n"
    let sample = try #require(
      ProcessSample(stat: "9 (a) S 1 (b) \(fields)", status: status, sleepsIn: "0"))
    #expect(
      sample
        == ProcessSample(
          name: "a) S 1 (b", state: "R", parentId: 77, startTicks: 4242, voluntarySwitches: 12, sleepsIn: nil)
    )
  }

  @Test(arguments: ["", "9", "9 (a", "9 (a) S", "9 )a( S 1", "9 (a) S x 5 6"])
  func refusesWhatItDoesNotUnderstand(stat: String) {
    #expect(ProcessSample(stat: stat, status: "voluntary_ctxt_switches:\t1", sleepsIn: nil) == nil)
  }
}

extension ProcessSample {
  fileprivate static func sleeping(in place: String?, switches: UInt64 = 1) -> ProcessSample {
    ProcessSample(
      name: "keepalived", state: "S", parentId: 1, startTicks: 1, voluntarySwitches: switches, sleepsIn: place
    )
  }
}
