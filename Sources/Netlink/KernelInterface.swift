/// A network interface of this router as the kernel has it now.
public struct KernelInterface: Sendable, Equatable {
  /// The kernel's name, without a label: `eth0`.
  public let name: String
  /// The MAC address in lower case with colons, as IMDS writes it; nil where there is none (lo, tunnels).
  public let macAddress: String?
  /// Whether it is switched on (IFF_UP of netdevice(7)).
  public let isUp: Bool
  /// Whether the link carries (IFF_RUNNING of netdevice(7)).
  public let isRunning: Bool
  /// Its IPv4 addresses in the kernel's order; one address with two prefix lengths stands here twice.
  public let addresses: [InterfaceAddress]

  /// Describes an interface.
  public init(
    name: String, macAddress: String?, isUp: Bool, isRunning: Bool, addresses: [InterfaceAddress]
  ) {
    self.name = name
    self.macAddress = macAddress
    self.isUp = isUp
    self.isRunning = isRunning
    self.addresses = addresses
  }
}

/// An IPv4 address on an interface.
public struct InterfaceAddress: Sendable, Equatable {
  /// The address itself as a dotted quad (IFA_LOCAL of rtnetlink(7)).
  public let address: String
  /// How many leading bits are the network's, 0 to 32.
  public let prefixLength: Int
  /// The network it makes reachable, `10.0.1.0/24`; of a point-to-point address the peer's.
  public let network: String
  /// When it was put on the interface: hundredths of a second since boot, by CLOCK_BOOTTIME.
  ///
  /// That is the clock of `/proc/uptime` and of a process's start time, which it may be compared with; it is good
  /// to 2 hundredths. A later change of its flags or lifetime leaves it as it is. A suspension of the machine after
  /// that moment makes it too late by as long, as the kernel's stamp does not count it. Nil: the kernel does
  /// not say.
  public let createdAtHundredths: UInt64?

  /// Describes an address.
  public init(address: String, prefixLength: Int, network: String, createdAtHundredths: UInt64?) {
    self.address = address
    self.prefixLength = prefixLength
    self.network = network
    self.createdAtHundredths = createdAtHundredths
  }

  /// Whether both are the same address, put there at the same time as far as the kernel's clocks can tell.
  public static func == (left: Self, right: Self) -> Bool {
    left.address == right.address && left.prefixLength == right.prefixLength && left.network == right.network
      && isSameMoment(left.createdAtHundredths, right.createdAtHundredths)
  }

  private static func isSameMoment(_ left: UInt64?, _ right: UInt64?) -> Bool {
    guard let left, let right else { return left == right }
    return max(left, right) - min(left, right) <= 2
  }
}

/// Why the kernel could not be asked.
public struct NetlinkError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The call that failed.
  public let operation: String
  /// What the system said.
  public let reason: String

  /// One line for the operator.
  public var description: String {
    "the kernel can't be asked about its network interfaces: \(operation): \(reason)"
  }
}
