/// The instance identity document; only what vipad uses.
public struct InstanceIdentityDocument: Sendable, Equatable, Decodable {
  /// The instance's id.
  public var instanceId: String
  /// The instance's Region.
  public var region: String?
  /// The instance's availability zone.
  public var availabilityZone: String?
  /// The account that owns it.
  public var accountId: String?
  /// The instance's type, such as c6in.large.
  public var instanceType: String?
}

/// A network interface as the instance metadata shows it.
public struct InstanceMetadataInterface: Sendable, Equatable {
  /// The MAC address, lower case with colons.
  public var macAddress: String
  /// The interface's id.
  public var networkInterfaceId: String
  /// Its position on the instance.
  public var deviceIndex: Int?
  /// Its subnet.
  public var subnetId: String?
  /// The subnet's IPv4 blocks.
  public var subnetCIDRs: [String]
  /// Its VPC.
  public var vpcId: String?
  /// All its private IPv4 addresses, the primary one first.
  public var localIPv4s: [String]
  /// The account that owns it.
  public var ownerId: String?
}
