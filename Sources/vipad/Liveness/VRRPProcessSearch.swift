import FoundationEssentials
import Glibc
import SystemPackage

/// Finds keepalived's VRRP process by its pid files.
///
/// A process counts only if it bears keepalived's name. Where the parent's pid file names a living keepalived, the VRRP
/// process must be its child: so a process id used again, or the file of another instance, misleads nobody. Where
/// there is no such parent, the process must not be younger than the file that names it. That compares with the
/// wall clock, which may have been set meanwhile, so a process that was accepted once stays accepted.
struct VRRPProcessSearch: Sendable {
  let settings: VRRPProcessSettings

  enum Finding {
    case found(processId: Int32, ProcessSample)
    /// In words, what was found instead.
    case missing(String)
  }

  /// A process as no other ever was since boot.
  struct Identity: Sendable, Equatable {
    let processId: Int32
    let startTicks: UInt64
  }

  /// Looks for it; `known` is the process that was accepted the last time.
  func find(known: Identity?) -> Finding {
    let parent = settings.keepalivedPidFiles.lazy.map(named).first { $0.isFound } ?? .missing("")
    let own = named(by: settings.vrrpPidFile)
    if case .found(let processId, let sample) = own {
      guard case .found(let parentId, _) = parent else {
        return confirmed(processId, sample, known: known)
      }
      if sample.parentId == parentId { return own }
    }
    guard case .found(let parentId, _) = parent else { return .missing(missing(own)) }
    return child(of: parentId, insteadOf: own)
  }

  /// The process that a pid file names, if it lives and bears the name.
  private func named(by path: String) -> Finding {
    guard let text = text(ofFile: path) else {
      let isThere = unsafe access(path, F_OK) == 0
      return .missing(isThere ? "pid file \(path) can't be read" : "no pid file \(path)")
    }
    guard let processId = Int32(text.filter { !$0.isWhitespace }), processId > 1 else {
      return .missing("pid file \(path) holds no process id")
    }
    guard let sample = ProcessSample(processId: processId) else {
      let isHidden = kill(processId, 0) == 0 || errno == EPERM
      return .missing(
        "pid file \(path) names process \(processId), which "
          + (isHidden ? "/proc does not show (is it mounted with hidepid?)" : "does not exist"))
    }
    guard !sample.hasEnded else {
      return .missing("pid file \(path) names process \(processId), which has ended")
    }
    guard isKeepalived(sample) else {
      return .missing("pid file \(path) is stale: process \(processId) is \(sample.name)")
    }
    return .found(processId: processId, sample)
  }

  private func isKeepalived(_ sample: ProcessSample) -> Bool {
    sample.name == settings.processName || sample.name.hasPrefix(settings.processName + "_")
  }

  /// The VRRP process by its own pid file alone.
  private func confirmed(_ processId: Int32, _ sample: ProcessSample, known: Identity?) -> Finding {
    let isKnown = known == Identity(processId: processId, startTicks: sample.startTicks)
    guard !isKnown, isYounger(sample, than: settings.vrrpPidFile) else {
      return .found(processId: processId, sample)
    }
    return .missing(
      "pid file \(settings.vrrpPidFile) is stale: process \(processId) was started after it was written")
  }

  private func isYounger(_ sample: ProcessSample, than path: String) -> Bool {
    guard let file = try? Stat(FilePath(path)) else { return true }
    var uptime = timespec()
    unsafe clock_gettime(CLOCK_BOOTTIME, &uptime)
    let age = Double(uptime.tv_sec) + Double(uptime.tv_nsec) / 1e9 - sample.startedAtUptimeSeconds
    let started = Date.now.timeIntervalSince1970 - age
    return started > Double(file.st_mtim.tv_sec) + Double(file.st_mtim.tv_nsec) / 1e9 + 2
  }

  /// The VRRP process among the parent's children; there is also one for health checks, where those are configured.
  private func child(of parentId: Int32, insteadOf own: Finding) -> Finding {
    let children = ProcessSample.children(of: parentId).compactMap { processId in
      ProcessSample(processId: processId).map { (processId, $0) }
    }
    let alive = children.filter { isKeepalived($0.1) && !$0.1.hasEnded }
    let vrrp = alive.filter { $0.1.name.hasSuffix("_vrrp") }
    let candidates = vrrp.isEmpty ? alive : vrrp
    guard let first = candidates.first else {
      return .missing("keepalived \(parentId) runs without a VRRP process; " + own.words)
    }
    guard candidates.count == 1 else {
      let ids = candidates.map { String($0.0) }.joined(separator: ", ")
      return .missing("which of keepalived's processes \(ids) does VRRP can't be told; " + own.words)
    }
    return .found(processId: first.0, first.1)
  }

  /// What all pid files lack.
  private func missing(_ own: Finding) -> String {
    ([own] + settings.keepalivedPidFiles.map(named)).map(\.words).joined(separator: "; ")
  }
}

extension VRRPProcessSearch.Finding {
  fileprivate var isFound: Bool {
    if case .found = self { true } else { false }
  }

  fileprivate var words: String {
    switch self {
    case .missing(let words): words
    case .found(let processId, _): "the VRRP pid file names process \(processId), which is not its child"
    }
  }
}
