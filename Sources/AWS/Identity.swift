/// Who this router is in AWS.
public struct Identity: Sendable, Equatable {
  /// The instance's id.
  public var instanceId: String
  /// The interface that takes the VIPs.
  public var networkInterfaceId: String
  /// The interface's position on the instance.
  public var deviceIndex: Int?
  /// The interface's MAC address, lower case with colons.
  public var macAddress: String?
  /// The interface's primary address.
  public var privateIpAddress: String?
  /// The interface's subnet.
  public var subnetId: String?
  /// The subnet's first IPv4 block.
  public var subnetCIDR: String?
  /// The interface's VPC.
  public var vpcId: String?
  /// The instance's availability zone.
  public var availabilityZone: String?
  /// The instance's Region.
  public var region: String?
  /// The account that owns the instance.
  public var accountId: String?
  /// The instance's type, such as c6in.large.
  public var instanceType: String?
  /// Whether the instance metadata told it, and so can be asked whether an address has arrived.
  public var isFromMetadata: Bool

  /// Makes an identity; what is not known is nil.
  public init(
    instanceId: String, networkInterfaceId: String, deviceIndex: Int? = nil, macAddress: String? = nil,
    privateIpAddress: String? = nil, subnetId: String? = nil, subnetCIDR: String? = nil,
    vpcId: String? = nil, availabilityZone: String? = nil, region: String? = nil, accountId: String? = nil,
    isFromMetadata: Bool = false
  ) {
    self.instanceId = instanceId
    self.networkInterfaceId = networkInterfaceId
    self.deviceIndex = deviceIndex
    self.macAddress = macAddress
    self.privateIpAddress = privateIpAddress
    self.subnetId = subnetId
    self.subnetCIDR = subnetCIDR
    self.vpcId = vpcId
    self.availabilityZone = availabilityZone
    self.region = region
    self.accountId = accountId
    self.isFromMetadata = isFromMetadata
  }
}

/// How the interface that takes a group's VIPs is chosen; never simply the first.
public enum InterfaceChoice: Sendable, Equatable {
  /// The interface with this id.
  case networkInterfaceId(String)
  /// The interface with the MAC address of the configured kernel interface.
  case macAddress(String)
  /// The interface whose subnet holds all these VIPs.
  case subnet(containing: [String])
}

/// An interface of this machine as the kernel knows it.
public struct KernelInterface: Sendable, Equatable {
  /// The MAC address; compared without case.
  public var macAddress: String
  /// The networks of its IPv4 addresses.
  public var networks: [IPv4Network]

  /// Names an interface; without networks it can't be chosen by a subnet where IMDS is missing.
  public init(macAddress: String, networks: [IPv4Network] = []) {
    self.macAddress = macAddress
    self.networks = networks
  }
}

/// Why this router's identity can't be told.
public struct IdentityError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Whether asking again may help: false when only the operator can.
  public let mayPass: Bool
  /// What was found and what to do, in one line.
  public let description: String

  /// Makes an error.
  public init(mayPass: Bool, _ description: String) {
    self.mayPass = mayPass
    self.description = description
  }
}
