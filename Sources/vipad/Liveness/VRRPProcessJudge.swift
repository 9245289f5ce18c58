import CLinux
import Glibc
import SystemPackage

/// Finds the VRRP process, follows it and rules whether it lives: all that the watcher guards with its lock.
struct VRRPProcessJudge: Sendable {
  private let search: VRRPProcessSearch
  private var followed: Followed?
  private(set) var verdict = VRRPLiveness.unwatched
  /// Whether a process is there that has not been seen to run yet, so that the next look should come soon.
  private(set) var awaitsProof = false

  private struct Followed {
    let identity: VRRPProcessSearch.Identity
    let death: DeathNotice?
    let startedAtUptimeSeconds: Double
    var progress: VRRPProgress
  }

  init(_ settings: VRRPProcessSettings) {
    search = VRRPProcessSearch(settings: settings)
  }

  /// The descriptor that can be read once the process has ended; nil where none is followed.
  var death: DeathNotice? { followed?.death }

  /// Looks at /proc and rules.
  mutating func judge(uptimeSeconds now: Double) -> VRRPLiveness {
    awaitsProof = false
    switch search.find(known: followed?.identity) {
    case .missing(let reason):
      followed = nil
      verdict = dead("keepalived is dead: " + reason, since: now)
    case .found(let processId, let sample):
      follow(processId, sample)
      verdict = rule(on: sample, uptimeSeconds: now)
    }
    return verdict
  }

  private mutating func follow(_ processId: Int32, _ sample: ProcessSample) {
    let identity = VRRPProcessSearch.Identity(processId: processId, startTicks: sample.startTicks)
    guard followed?.identity != identity else { return }
    followed = Followed(
      identity: identity, death: DeathNotice(of: processId),
      startedAtUptimeSeconds: sample.startedAtUptimeSeconds,
      progress: VRRPProgress(standstillSeconds: search.settings.standstillSeconds))
  }

  private mutating func rule(on sample: ProcessSample, uptimeSeconds now: Double) -> VRRPLiveness {
    guard var process = followed else { return verdict }
    let standing = process.progress.judge(sample, uptimeSeconds: now)
    followed = process
    let processId = process.identity.processId
    switch standing {
    case .advancing:
      return .alive(processId: processId, startedAtUptimeSeconds: process.startedAtUptimeSeconds)
    case .unproven:
      awaitsProof = true
      return dead("VRRP process \(processId) has not been seen to run yet", since: now)
    case .still(let words):
      return dead("VRRP process \(processId) \(words)", since: process.progress.lastLifeUptimeSeconds)
    }
  }

  /// Dead, since it was so first.
  private func dead(_ reason: String, since: Double) -> VRRPLiveness {
    guard case .dead(_, let first) = verdict else { return .dead(reason: reason, sinceUptimeSeconds: since) }
    return .dead(reason: reason, sinceUptimeSeconds: first)
  }
}

/// A pidfd (pidfd_open(2)): poll(2) finds it readable once the process has ended.
final class DeathNotice: Sendable {
  let descriptor: Int32

  /// Nil where the process has gone already, or for kernels before 5.3: then the next look finds out.
  init?(of processId: Int32) {
    descriptor = vipad_pidfd_open(processId)
    if descriptor < 0 { return nil }
  }

  deinit {
    close(descriptor)
  }
}
