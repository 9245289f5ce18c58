/// What one configuration file says, with every default filled in.
///
/// Values only: nothing here opens, looks up or asks. `ConfigurationSchema` maps each key of the file to a
/// property of this type; the initial value of a property is the key's default.
struct Configuration: Sendable, Equatable {
  /// The file all this was read from.
  var file: String
  /// The VRRP groups, in the file's order; never empty, names and VIPs are unique.
  var groups: [GroupOptions] = []
  var aws = AWSOptions()
  var identity = IdentityOptions()
  var vrrp = VRRPOptions()
  var server = ServerOptions()
  var monitor = MonitorOptions()
  var audit = AuditOptions()
  var state = StateOptions()
  var peer = PeerOptions()
  var notify = NotifyOptions()
  var readiness = ReadinessOptions()
  var drill = DrillOptions()

  /// The defaults for a file at that place.
  ///
  /// Under /config (VyOS) audit log and state lie there too, because only /config survives an image upgrade: in
  /// directories of their own, so that vipad's user need not be able to replace what else is there.
  init(file: String) {
    self.file = file
    guard file.hasPrefix("/config/") else { return }
    audit.path = "/config/vipad/log/audit.jsonl"
    state.directory = "/config/vipad/state"
  }

  /// The group of that name or with that VRRP name; nil where there is none.
  func group(named name: String) -> GroupOptions? {
    groups.first { $0.name == name } ?? groups.first { $0.vrrpNames.contains(name) }
  }
}

/// One VRRP group: VIPs that always move together, to one network interface.
struct GroupOptions: Sendable, Equatable {
  var name = "default"
  /// Secondary private IPv4 addresses as strict dotted quads: equal addresses are equal strings.
  var vips: [String] = []
  /// VRRP instances and sync-groups that a hook may name instead of `name`.
  var vrrpNames: [String] = []
  /// Who says that this router is MASTER.
  var witness = Witness.kernel
  /// The kernel interface on which keepalived puts the VIPs; nil: any but lo.
  var vrrpInterface: String?
  /// How the network interface in AWS is chosen.
  var networkInterface = NetworkInterfaceChoice.bySubnet
}

/// Where the evidence for being MASTER comes from.
enum Witness: String, Sendable, CaseIterable {
  /// A VIP is on the VRRP interface, keepalived lives and the link is up.
  case kernel
  /// The newest hook says so and keepalived lives.
  case hook
}

/// How a group's network interface in AWS is found.
enum NetworkInterfaceChoice: Sendable, Equatable {
  /// The one of this instance whose subnet holds the VIPs.
  case bySubnet
  case networkInterfaceId(String)
  /// The one with this kernel interface's MAC address.
  case kernelInterface(String)
}

/// How AWS is reached; what is nil is found as the AWS tools find it.
struct AWSOptions: Sendable, Equatable {
  var region: String?
  var ec2Endpoint: String?
  var imdsEndpoint: String?
  /// A PEM file.
  var caBundle: String?
  var profile: String?
  var connectTimeoutSeconds = 2.0
  var requestTimeoutSeconds = 5.0
  /// Interface or VRF by which calls to EC2 leave; nil: the routing table's choice.
  var bindInterface: String?
}

/// Who this router is, where no IMDS says it.
struct IdentityOptions: Sendable, Equatable {
  var instanceId: String?
}

/// How keepalived is watched.
struct VRRPOptions: Sendable, Equatable {
  /// The witness of groups that name none.
  var witness = Witness.kernel
  var keepalivedPidFile = KeepalivedPidFile.usualPlaces
  /// keepalived's configuration; nil: what the running keepalived names, else the usual places.
  var keepalivedConfiguration: String?
  /// How often a MASTER checks that it still holds its VIPs.
  var guardSeconds = 5.0
}

/// Where keepalived's process id stands.
enum KeepalivedPidFile: Sendable, Equatable {
  /// /run/keepalived/keepalived.pid, else /run/keepalived.pid.
  case usualPlaces
  /// keepalived is not watched (`keepalivedPidFile = ""`).
  case unwatched
  case file(String)
}

/// Where the daemon listens and who may ask.
struct ServerOptions: Sendable, Equatable {
  /// The TCP listener; nil: none.
  var listen: TCPEndpoint? = TCPEndpoint(address: "127.0.0.1", port: 8600)
  /// The Unix socket's path, at most 107 bytes.
  var socket = Self.defaultSocket
  /// The group that may POST on the socket; nil: vipad if there is such a group, else the daemon's own.
  var socketGroup: String?
  /// Who may read on the socket beside those who may POST: `everyone`, or a group's name; nil: nobody.
  var readers: String?
  /// Where the daemon writes the bearer token for POST over TCP.
  var tokenFile = "/run/vipad/token"

  static let defaultSocket = "/run/vipad/vipad.sock"
  /// The word that stands for all users, in `readers`.
  static let everyone = "everyone"
}

/// A numeric address (IPv6 without brackets) and a port.
struct TCPEndpoint: Sendable, Equatable {
  var address: String
  var port: UInt16
}

/// Where the audit log lies and how much of it is kept.
struct AuditOptions: Sendable, Equatable {
  /// The active file; rotated segments lie beside it.
  var path = "/var/log/vipad/audit.jsonl"
  /// Size at which the active file is rotated.
  var maximumBytes = 16_777_216
  /// How many rotated segments are kept.
  var keep = 16
  var onFailure = AuditFailurePolicy.continue
}

/// What a claim does when its record can't be written.
enum AuditFailurePolicy: String, Sendable, CaseIterable {
  /// The claim goes on; a gap record follows.
  case `continue`
  /// The claim waits for the log.
  case refuse
}

/// Where the daemon keeps what must survive a restart.
struct StateOptions: Sendable, Equatable {
  var directory = "/var/lib/vipad"
}

/// The other router of the pair, which is only looked at.
struct PeerOptions: Sendable, Equatable {
  /// Where its /status is; nil: nobody looks.
  var status: String?
  /// A PEM file of the authorities that its certificate is checked with; nil: the system's.
  var caBundle: String?
  /// A file with the bearer token that it wants of readers.
  var tokenFile: String?
}
