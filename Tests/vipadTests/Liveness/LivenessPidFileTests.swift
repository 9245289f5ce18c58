import Failover
import Glibc
import SystemPackage
import Testing

@testable import vipad

/// Ordinary processes with pid files of all kinds.
@Suite struct LivenessPidFileTests {
  @Test func withoutAnyPidFileItIsDeadAndSaysWhichIsMissing() async throws {
    try await LivenessWorkshop.open { workshop in
      let watcher = try workshop.watcher()
      defer { watcher.stop() }
      #expect(
        watcher.current.reason
          == "keepalived is dead: no pid file \(workshop.vrrpPidFile); "
          + "no pid file \(workshop.directory)/run/keepalived/keepalived.pid; "
          + "no pid file \(workshop.keepalivedPidFile)")
    }
  }

  @Test func unwatchedIsNeverDead() async throws {
    try await LivenessWorkshop.open { workshop in
      var settings = workshop.settings()
      settings.keepalivedPidFile = .unwatched
      let watcher = try workshop.watcher(settings)
      #expect(watcher.current == .unwatched)
      #expect(watcher.checkNow() == .unwatched)
      watcher.stop()
    }
  }

  @Test func aLivingProcessWithItsStartTime() async throws {
    try await LivenessWorkshop.open { workshop in
      let before = DaemonClock.uptime().seconds
      let processId = try workshop.startBusyBee()
      let after = DaemonClock.uptime().seconds
      try workshop.writePidFile(processId)
      let watcher = try workshop.watcher()
      defer { watcher.stop() }
      try workshop.wait { $0.isAlive }
      guard case .alive(processId, let started) = watcher.current else {
        Issue.record("\(watcher.current)")
        return
      }
      #expect(started > before - 0.02 && started < after + 0.02)
    }
  }

  @Test(arguments: ["", "garbage", "-1", "0", "1", "99999999999999", "12 13x"])
  func aPidFileWithoutAProcessId(content: String) async throws {
    try await LivenessWorkshop.open { workshop in
      try shell("printf '%s' '\(content)' > \(workshop.vrrpPidFile)")
      let watcher = try workshop.watcher()
      defer { watcher.stop() }
      #expect(watcher.current.reason.contains("pid file \(workshop.vrrpPidFile) holds no process id"))
    }
  }

  @Test func aStalePidFileOfAProcessThatIsGoneOrAnother() async throws {
    try await LivenessWorkshop.open { workshop in
      let gone = try workshop.start("exit")
      try shell("while [ -e /proc/\(gone)/exe ]; do sleep 0.01; done")
      try workshop.writePidFile(gone)
      let watcher = try workshop.watcher()
      defer { watcher.stop() }
      #expect(watcher.current.reason.contains("names process \(gone), which"))
      try workshop.writePidFile(getpid())
      try workshop.wait { $0.reason.contains("is stale: process \(getpid()) is ") }
    }
  }

  @Test func aProcessIdUsedAgainIsRecognizedByTheFilesAge() async throws {
    try await LivenessWorkshop.open { workshop in
      let processId = try workshop.startBusyBee()
      try workshop.writePidFile(processId)
      try shell("touch -d '1 hour ago' \(workshop.vrrpPidFile)")
      let watcher = try workshop.watcher()
      defer { watcher.stop() }
      #expect(watcher.current.reason.contains("process \(processId) was started after it was written"))
    }
  }

  @Test func aWallClockThatJumpsDoesNotKillAProcessThatIsKnown() async throws {
    try await LivenessWorkshop.open { workshop in
      let processId = try workshop.startBusyBee()
      try workshop.writePidFile(processId)
      let watcher = try workshop.watcher()
      defer { watcher.stop() }
      try workshop.wait { $0.processId == processId }
      try shell("touch -d '1 hour ago' \(workshop.vrrpPidFile)")
      #expect(watcher.checkNow().processId == processId)
    }
  }

  @Test func aNewPidFileIsNoticedAtOnceHoweverItComes() async throws {
    try await LivenessWorkshop.open { workshop in
      let first = try workshop.startBusyBee()
      let second = try workshop.startBusyBee()
      let watcher = try workshop.watcher()
      defer { watcher.stop() }
      try shell("echo garbage > \(workshop.vrrpPidFile)")
      try workshop.wait { $0.reason.contains("holds no process id") }
      try workshop.writePidFile(first)
      try workshop.wait { $0.processId == first }
      try shell("cd \(workshop.directory)/run; echo \(second) > new; mv new vrrp.pid")
      try workshop.wait { $0.processId == second }
      try shell("rm \(workshop.vrrpPidFile)")
      try workshop.wait { $0.reason.contains("no pid file \(workshop.vrrpPidFile)") }
      try shell("rmdir \(workshop.directory)/run")
      try shell("sleep 0.1; mkdir \(workshop.directory)/run; echo \(first) > \(workshop.vrrpPidFile)")
      try workshop.wait { $0.processId == first }
    }
  }

  /// Without inotify each would wait for the look once a second.
  @Test func aWrittenPidFileIsToldLongBeforeTheNextLook() async throws {
    try await LivenessWorkshop.open { workshop in
      let watcher = try workshop.watcher()
      defer { watcher.stop() }
      var milliseconds: [Double] = []
      for round in 0..<10 {
        let word = round % 2 == 0 ? "holds no process id" : "which does not exist"
        let begin = DaemonClock.uptime().seconds
        try write(round % 2 == 0 ? "garbage" : "4194305", to: FilePath(workshop.vrrpPidFile))
        milliseconds.append((try workshop.wait { $0.reason.contains(word) } - begin) * 1000)
      }
      milliseconds.sort()
      print("pid file written to onChange: median \(milliseconds[5]) ms, worst \(milliseconds[9]) ms")
      #expect(milliseconds[5] < 200)
    }
  }

  @Test func theChildOfTheParentsPidFileWhereItHasNoneOfItsOwn() async throws {
    try await LivenessWorkshop.open { workshop in
      let parent = try workshop.start(
        "\(workshop.directory)/viptest -c \"while :; do sleep 0.05; done\" & echo $! > \(workshop.directory)/id; wait"
      )
      try shell("while ! [ -s \(workshop.directory)/id ]; do sleep 0.01; done")
      let child = try #require(Int32(try shell("cat \(workshop.directory)/id")))
      workshop.owns(child)
      try shell("mkdir \(workshop.directory)/run/keepalived")
      try shell("echo \(parent) > \(workshop.directory)/run/keepalived/keepalived.pid")
      let watcher = try workshop.watcher()
      defer { watcher.stop() }
      try workshop.wait { $0.processId == child }

      // The child of another instance is not believed while this parent lives.
      let stranger = try workshop.startBusyBee()
      try workshop.writePidFile(stranger)
      #expect(watcher.checkNow().processId == child)
      kill(child, SIGKILL)
      try workshop.wait {
        $0.reason.contains("runs without a VRRP process") || $0.reason.contains("no pid file")
      }
    }
  }

  @Test func aProcessThatStandsStillIsDeadAndSaysWhatItDoes() async throws {
    try await LivenessWorkshop.open { workshop in
      let processId = try workshop.start("while :; do :; done")
      try workshop.writePidFile(processId)
      let watcher = try workshop.watcher()
      defer { watcher.stop() }
      try workshop.wait {
        $0.reason == "VRRP process \(processId) stands still: it is busy or gets no processor (R)"
      }
    }
  }

  @Test func deathIsToldAtOnceAndOnce() async throws {
    try await LivenessWorkshop.open { workshop in
      var milliseconds: [Double] = []
      let watcher = try workshop.watcher()
      defer { watcher.stop() }
      for _ in 0..<20 {
        let processId = try workshop.startBusyBee()
        try workshop.writePidFile(processId)
        try workshop.wait { $0.processId == processId }
        let begin = DaemonClock.uptime().seconds
        kill(processId, SIGKILL)
        milliseconds.append((try workshop.wait { !$0.isAlive } - begin) * 1000)
      }
      milliseconds.sort()
      print("kill -9 to onChange: median \(milliseconds[10]) ms, worst \(milliseconds[19]) ms")
      #expect(milliseconds[10] < 50)
    }
  }
}
