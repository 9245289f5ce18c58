/// EC2 took a claim: every address was assigned, or was there already.
public struct EC2Accepted: Sendable, Equatable {
  /// EC2's id of the request, for CloudTrail and AWS support.
  public let awsRequestId: String
  /// The HTTP status, 200.
  public let httpStatus: Int
  /// The whole exchange, in milliseconds.
  public let milliseconds: Double
  /// The addresses EC2 names as assigned; may be empty when nothing had to change.
  public let assigned: [String]
  /// Whether a connection had to be made for the call.
  public let newConnection: Bool
  /// How long signing took, in milliseconds; not part of `milliseconds`.
  public internal(set) var signMilliseconds = 0.0
}

/// Which interface holds a VIP.
public struct Holder: Sendable, Equatable {
  /// The VIP, as asked for.
  public let vip: String
  /// The interface that has it.
  public let networkInterfaceId: String
  /// The instance the interface is attached to; nil when it is attached to none.
  public let instanceId: String?

  /// Names a holder.
  public init(vip: String, networkInterfaceId: String, instanceId: String?) {
    self.vip = vip
    self.networkInterfaceId = networkInterfaceId
    self.instanceId = instanceId
  }
}

/// An instance as DescribeInstances shows it; only what vipad uses.
public struct EC2Instance: Sendable, Equatable {
  /// The instance's id.
  public let instanceId: String
  /// The account that owns it.
  public let accountId: String?
  /// Its availability zone.
  public let availabilityZone: String?
  /// Its interfaces in EC2's order, which means nothing.
  public let networkInterfaces: [EC2NetworkInterface]
}

/// A network interface as EC2 shows it; only what vipad uses.
public struct EC2NetworkInterface: Sendable, Equatable {
  /// The interface's id.
  public let networkInterfaceId: String
  /// Its MAC address, lower case with colons.
  public let macAddress: String?
  /// Its position on the instance.
  public let deviceIndex: Int?
  /// The primary private address.
  public let privateIpAddress: String?
  /// All private addresses, the primary one too.
  public let privateIpAddresses: [String]
  /// The subnet's id.
  public let subnetId: String?
  /// The VPC's id.
  public let vpcId: String?
  /// The instance it is attached to.
  public internal(set) var instanceId: String?
  /// Whether EC2 drops packets that are not the interface's own: off on a router.
  public internal(set) var sourceDestCheck: Bool?
  /// The ids of its security groups, sorted.
  public internal(set) var securityGroupIds: [String] = []
}

/// What one `keepWarm` found.
public struct WarmConnection: Sendable, Equatable {
  /// Whether the connection had to be made anew.
  public let newConnection: Bool
  /// The server's IP address; nil behind a proxy.
  public let remoteAddress: String?
  /// Whether it stays open; a server that closes after each answer can't be kept warm.
  public let connectionKept: Bool
  /// The exchange, in milliseconds.
  public let milliseconds: Double
}
