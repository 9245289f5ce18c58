import Failover

/// What goes wrong, and how it is mended again.
enum Trouble: CaseIterable {
  case keepalivedKilled, keepalivedFrozen, keepalivedStopped, keepalivedCrashes, priorityChanges
  case partition, oneWayPartition, shortPartition, linkDown, linkFlaps
  case vipadKilled, vipadKilledAtFailover, vipadSuspended, diskHangs, hooksFail
  case assignsFail, readsFail, metadataLies, theft, operatorForces, operatorPauses
}

extension Pair {
  /// A few troubles at a time, then quiet enough to see what came of them.
  func planTroubles(until end: Double) {
    var at = schedule.now + 25
    while at < end {
      for _ in 0..<chance.number(1...3) {
        let trouble = chance.one(of: Trouble.allCases)
        schedule.at(at + chance.seconds(0...4)) { self.happen(trouble) }
      }
      at += chance.seconds(20...70)
    }
  }

  private func happen(_ trouble: Trouble) {
    let daemon = chance.one(of: daemons)
    let keepalived = daemon.keepalived
    trace?("-- \(trouble) at \(daemon.name)")
    switch trouble {
    case .keepalivedKilled:
      keepalived.kill()
      mend(after: 1...40) { keepalived.start() }
    case .keepalivedFrozen:
      keepalived.freeze()
      mend(after: 0.5...30) { keepalived.thaw() }
    case .keepalivedStopped:
      keepalived.stop()
      mend(after: 0.5...20) { keepalived.start() }
    case .keepalivedCrashes: crash(keepalived, times: chance.number(2...6))
    case .priorityChanges:
      keepalived.priority = keepalived.priority == 250 ? 100 : 250
      mend(after: 5...20) { keepalived.priority = keepalived.name == "A" ? 200 : 100 }
    case .partition: cut(["A", "B"], for: 1...40)
    case .oneWayPartition: cut([daemon.name], for: 1...40)
    case .shortPartition: cut(["A", "B"], for: 2.5...5)
    case .linkDown:
      keepalived.setLink(isUp: false)
      mend(after: 0.2...20) { keepalived.setLink(isUp: true) }
    case .linkFlaps: flap(keepalived, times: 2 * chance.number(5...15))
    default: happenToVipad(trouble, daemon)
    }
  }

  private func happenToVipad(_ trouble: Trouble, _ daemon: Daemon) {
    switch trouble {
    case .vipadKilled: restart(daemon)
    case .vipadKilledAtFailover:
      daemons.first { $0 !== daemon }?.keepalived.kill()
      mend(after: 3...4.5) { self.restart(daemon) }
      mend(after: 10...30) { self.daemons.first { $0 !== daemon }?.keepalived.start() }
    case .vipadSuspended:
      daemon.suspend()
      mend(after: 0.5...30) {
        self.referee.disturbed()
        daemon.wakeUp()
      }
    case .diskHangs:
      daemon.trail.diskSeconds = 0.05...3
      mend(after: 2...20) { daemon.trail.diskSeconds = 0.001...0.005 }
    case .hooksFail:
      hookTrouble = 0.5
      mend(after: 5...40) { self.hookTrouble = 0 }
    case .assignsFail:
      cloud.assignTrouble = chance.one(of: Cloud.AssignTrouble.allCases)
      mend(after: 0.2...30) { self.cloud.assignTrouble = nil }
    case .readsFail:
      cloud.readsFail = true
      mend(after: 1...20) { self.cloud.readsFail = false }
    case .metadataLies:
      cloud.metadataTrouble = chance.one(of: Cloud.MetadataTrouble.allCases)
      mend(after: 5...60) { self.cloud.metadataTrouble = nil }
    case .theft: steal()
    default: operate(trouble, daemon)
    }
  }

  private func operate(_ trouble: Trouble, _ daemon: Daemon) {
    referee.disturbed()
    if trouble == .operatorForces {
      let wish = Transition(to: .master, at: schedule.uptime, cause: .operator)
      daemon.tellAll(.claimRequested(wish, isForced: true))
    } else {
      daemon.setPaused(true)
      mend(after: 1...20) {
        self.referee.disturbed()
        daemon.setPaused(false)
      }
    }
  }

  private func mend(after seconds: ClosedRange<Double>, _ action: @escaping () -> Void) {
    schedule.after(chance.seconds(seconds)) { [self] in
      if let cured = cloud.assignTrouble { trace?("-- mended, \(cured)") }
      if cloud.assignTrouble != nil || cloud.readsFail { referee.disturbed(for: Referee.slowestPace) }
      action()
    }
  }

  private func crash(_ keepalived: Keepalived, times: Int) {
    guard times > 0 else { return keepalived.start() }
    keepalived.kill()
    mend(after: 0.05...4) {
      keepalived.start()
      self.mend(after: 0.05...6) { self.crash(keepalived, times: times - 1) }
    }
  }

  private func cut(_ names: [String], for seconds: ClosedRange<Double>) {
    for name in names { link.isOpen[name] = false }
    mend(after: seconds) {
      self.referee.disturbed()
      for name in names { self.link.isOpen[name] = true }
    }
  }

  private func flap(_ keepalived: Keepalived, times: Int) {
    keepalived.setLink(isUp: times % 2 == 1)
    guard times > 1 else { return keepalived.setLink(isUp: true) }
    schedule.after(0.1) { self.flap(keepalived, times: times - 1) }
  }

  private func restart(_ daemon: Daemon) {
    referee.disturbed()
    daemon.crash()
    mend(after: 0.2...10) { self.startDaemon(daemon) }
  }

  private func steal() {
    referee.disturbed()
    let vips = groups.flatMap(\.vips)
    cloud.move(chance.happens(0.5) ? vips : [chance.one(of: vips)], to: Cloud.thief)
  }
}
