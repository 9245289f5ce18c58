import Glibc

/// How many descriptors this process may have open.
///
/// A service manager gives 1,024 to begin with, which one listener's clients can use up: then the other one
/// could accept nobody. Source: getrlimit(2), systemd.exec(5), LimitNOFILE.
enum DescriptorLimit {
  /// What two full listeners of 1,100 connections each and everything else take.
  static let wanted: UInt = 4_096

  /// Raises the limit to `wanted`, as far as the system's hard limit lets it.
  ///
  /// - Returns: what it is now, where that is less than wanted.
  static func raise() -> UInt? {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
    if limit.rlim_cur < wanted {
      limit.rlim_cur = min(limit.rlim_max, wanted)
      unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
    return limit.rlim_cur < wanted ? limit.rlim_cur : nil
  }
}
