/// Whether keepalived's VRRP process lives: without it an address on the interface is no evidence of MASTER.
enum VRRPLiveness: Sendable, Equatable {
  /// It is not watched (`keepalivedPidFile = ""`): counts as alive.
  case unwatched
  /// This process lives and makes progress; it was started so long after boot, by CLOCK_BOOTTIME.
  case alive(processId: Int32, startedAtUptimeSeconds: Double)
  /// It does not live, or can't be told from one that does not; since so long after boot, by CLOCK_BOOTTIME.
  case dead(reason: String, sinceUptimeSeconds: Double)
}

/// Where the VRRP process is looked for.
///
/// vipad must see the same /run and the same process ids as keepalived: one mount and one pid namespace.
struct VRRPProcessSettings: Sendable, Equatable {
  /// The parent's pid file, as configured.
  var keepalivedPidFile = KeepalivedPidFile.usualPlaces
  /// The VRRP child's own pid file, which is believed first.
  var vrrpPidFile = "/run/vrrp.pid"
  /// Where the parent's pid file is for `KeepalivedPidFile.usualPlaces`, the first that is there.
  var usualPlaces = ["/run/keepalived/keepalived.pid", "/run/keepalived.pid"]
  /// How the process is named by /proc/PID/comm: so, or so with a suffix ("keepalived_vrrp").
  var processName = "keepalived"
  /// How long it may stand still outside of its event loop.
  var standstillSeconds = 3.0

  /// The parent's pid files in their order.
  var keepalivedPidFiles: [String] {
    switch keepalivedPidFile {
    case .unwatched: []
    case .usualPlaces: usualPlaces
    case .file(let path): [path]
    }
  }
}
