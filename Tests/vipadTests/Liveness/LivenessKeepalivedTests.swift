import Failover
import Glibc
import Synchronization
import Testing

@testable import vipad

/// Debian's keepalived in a network namespace of its own.
@Suite(.enabled(if: hasKeepalived, "needs root, keepalived and ip"))
struct LivenessKeepalivedTests {
  @Test func followsItThroughStartStopAndRestart() async throws {
    try await LivenessWorkshop.open { workshop in
      let watcher = try workshop.keepalivedWatcher()
      defer { watcher.stop() }
      #expect(watcher.current.reason.hasPrefix("keepalived is dead: no pid file"))
      let first = try workshop.startKeepalived()
      #expect(kill(first.parent, SIGTERM) == 0)
      try workshop.wait { $0.reason.contains("no pid file \(workshop.vrrpPidFile)") }
      let second = try workshop.startKeepalived()
      #expect(second.child != first.child)
    }
  }

  @Test func itsVRRPProcessKilledIsDeadAtOnceAndAliveAgainWhenItWasStartedAnew() async throws {
    try await LivenessWorkshop.open { workshop in
      let watcher = try workshop.keepalivedWatcher()
      defer { watcher.stop() }
      let child = try workshop.startKeepalived().child
      let begin = DaemonClock.uptime().seconds
      kill(child, SIGKILL)
      let told = try workshop.wait { !$0.isAlive || $0.processId != child }
      print("keepalived's child killed to onChange: \((told - begin) * 1000) ms")
      // Dead, or already the next one, which can have proved itself: what was killed is not named again.
      let since = workshop.verdicts.withLock { $0.filter { $0.uptimeSeconds >= told }.map(\.verdict) }
      #expect(!since.isEmpty && since.allSatisfy { $0.processId != child }, "\(since)")
      let again = try workshop.wait { $0.isAlive && $0.processId != child }
      workshop.owns(try #require(watcher.current.processId))
      guard case .alive(_, let started) = watcher.current else { return }
      #expect(started >= begin - 0.02 && again - started < 2)
    }
  }

  @Test func killedAsAWholeItLeavesStalePidFilesAndIsDead() async throws {
    try await LivenessWorkshop.open { workshop in
      let watcher = try workshop.keepalivedWatcher()
      defer { watcher.stop() }
      let first = try workshop.startKeepalived()
      kill(first.parent, SIGKILL)
      kill(first.child, SIGKILL)
      // Its own check of the pid files takes a zombie for a running keepalived.
      try workshop.wait { $0.reason.split(separator: "; ").count { $0.hasSuffix("does not exist") } == 2 }
      #expect(try shell("cat \(workshop.vrrpPidFile)") == String(first.child))
      #expect(!watcher.checkNow().isAlive)
      _ = try workshop.startKeepalived()
    }
  }

  @Test func stoppedItIsDeadWithinASecondAndAtOnceWhenAsked() async throws {
    try await LivenessWorkshop.open { workshop in
      let watcher = try workshop.keepalivedWatcher()
      defer { watcher.stop() }
      let child = try workshop.startKeepalived().child
      let begin = DaemonClock.uptime().seconds
      kill(child, SIGSTOP)
      let told = try workshop.wait {
        $0.reason == "VRRP process \(child) is stopped (T, SIGSTOP or a debugger)"
      }
      print("SIGSTOP to onChange: \(told - begin) s")
      #expect(told - begin < 1.5)
      kill(child, SIGCONT)
      try workshop.wait { $0.processId == child }
      kill(child, SIGSTOP)
      usleep(20_000)
      #expect(!watcher.checkNow().isAlive)
      kill(child, SIGCONT)
    }
  }

  @Test func whereOnlyTheParentsPidFileIsKnownItsChildIsFound() async throws {
    try await LivenessWorkshop.open { workshop in
      var settings = workshop.settings(name: "keepalived", standstillSeconds: 3)
      settings.vrrpPidFile = workshop.directory + "/run/none.pid"
      let watcher = try workshop.watcher(settings)
      defer { watcher.stop() }
      _ = try workshop.startKeepalived()
    }
  }

  /// With this interval it does not run for 5 s as master and 15 s as backup.
  @Test func aLongAdvertisementIntervalIsNoStandstillAndCostsAWakeUpASecond() async throws {
    try await LivenessWorkshop.open { workshop in
      let watcher = try workshop.keepalivedWatcher()
      defer { watcher.stop() }
      let child = try workshop.startKeepalived(advertisementSeconds: 5).child
      // Until the interface's IPv6 address has settled, which keepalived hears of.
      sleep(3)
      let told = workshop.verdicts.withLock { $0.count }
      let before = try #require(ProcessSample(processId: child)).voluntarySwitches
      let wakeUps = try watcherSwitches()
      sleep(5)
      #expect(try watcherSwitches() - wakeUps <= 8)
      #expect(try #require(ProcessSample(processId: child)).voluntarySwitches <= before + 1)
      #expect(workshop.verdicts.withLock { $0.count } == told)
      #expect(watcher.current.processId == child)

      /// The thread that tells is the one that polls.
      func watcherSwitches() throws -> Int {
        let thread = workshop.thread.withLock { $0 }
        let line = try shell("grep ^voluntary \(thread)/status")
        return try #require(line.split(separator: "\t").last.flatMap { Int($0) }, "\(thread)")
      }
    }
  }
}

private let hasKeepalived =
  geteuid() == 0
  && ["keepalived", "ip"].allSatisfy { unsafe access("/usr/sbin/\($0)", X_OK) == 0 }

extension LivenessWorkshop {
  fileprivate func keepalivedWatcher() throws -> VRRPProcessWatcher {
    try watcher(settings(name: "keepalived", standstillSeconds: 3))
  }

  /// Starts it and waits until the watcher has told that it lives.
  fileprivate func startKeepalived(
    advertisementSeconds: Int = 1
  ) throws -> (parent: Int32, child: Int32) {
    let configuration = """
      vrrp_instance v {
        state BACKUP
        interface vip0
        virtual_router_id 1
        priority 100
        advert_int \(advertisementSeconds)
        unicast_src_ip 10.0.0.1
        unicast_peer {
          10.0.0.2
        }
        virtual_ipaddress {
          10.0.0.100/24
        }
      }
      """
    try shell("cat > \(directory)/keepalived.conf <<'END'\n\(configuration)\nEND\n")
    try shell(
      """
      cat > \(directory)/start <<'END'
      ip link set lo up; ip link add vip0 type veth peer name vip1; ip addr add 10.0.0.1/24 dev vip0
      ip link set vip0 up; ip link set vip1 up
      exec keepalived -n -l -f \(directory)/keepalived.conf -p \(keepalivedPidFile) -r \(vrrpPidFile)
      END
      """)
    try shell("unshare -n sh \(directory)/start </dev/null >>\(directory)/log 2>&1 &")
    let old = verdicts.withLock { $0.compactMap(\.verdict.processId) }
    try wait { $0.processId.map { !old.contains($0) } ?? false }
    let child = try #require(verdicts.withLock { $0.last?.verdict.processId })
    let parent = try #require(ProcessSample(processId: child)?.parentId)
    owns(parent)
    owns(child)
    return (parent, child)
  }
}
