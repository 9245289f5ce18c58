/// The simulated part of one AWS Region, as read from the topology file.
public struct Topology: Codable, Sendable, Equatable {
  /// The twelve digits of the account that owns everything here.
  public var accountId: String
  /// The Region's name, which also stands in every credential scope.
  public var region: String
  /// The VPC of each subnet that names no other.
  public var vpcId: String
  /// The subnets; interfaces refer to them by id.
  public var subnets: [Subnet]
  /// Instances with an own metadata listener and a role.
  public var routers: [Router]
  /// Instances without one.
  public var instances: [Instance]?
  /// Interfaces attached to nothing.
  public var interfaces: [Interface]?
  /// Long-lived access keys.
  public var accessKeys: [AccessKey]?
  /// Allowed actions by policy name; `*` stands for all.
  public var policies: [String: [String]]?
  /// What the metadata services do.
  public var metadata: Metadata?
  /// The sizes of EC2's token buckets.
  public var throttling: Throttling?
  /// Codes of authentication errors: `ec2` (default) as EC2 sends them, `distinct` one for each cause.
  public var authenticationErrors: AuthenticationErrors?
}

extension Topology {
  /// One subnet.
  public struct Subnet: Codable, Sendable, Equatable {
    /// The id, `subnet-...`.
    public var subnetId: String
    /// The IPv4 range, as `100.80.33.0/24`.
    public var cidr: String
    /// The availability zone's name.
    public var availabilityZone: String
    /// The VPC, if not the topology's.
    public var vpcId: String?
  }

  /// A router: an instance with IMDSv2 and, if named, a role.
  public struct Router: Codable, Sendable, Equatable {
    /// The name used on the control listener and in the ready line.
    public var name: String
    /// The id, `i-...`.
    public var instanceId: String
    /// The instance role; without it the metadata service hands out no credentials.
    public var roleName: String?
    /// The policy of the role's keys; left out: everything is allowed.
    public var policy: String?
    /// The interfaces attached to the instance.
    public var interfaces: [Interface]
  }

  /// An instance without metadata service.
  public struct Instance: Codable, Sendable, Equatable {
    /// The id, `i-...`.
    public var instanceId: String
    /// The instance's state, `running` by default.
    public var state: String?
    /// The interfaces attached to the instance.
    public var interfaces: [Interface]
  }

  /// One network interface.
  public struct Interface: Codable, Sendable, Equatable {
    /// The id, `eni-...`.
    public var networkInterfaceId: String
    /// The MAC address, lower case with colons.
    public var macAddress: String
    /// The place on the instance; left out for an interface attached to nothing.
    public var deviceIndex: Int?
    /// The subnet's id.
    public var subnetId: String
    /// The primary private IPv4 address.
    public var primary: String
    /// The secondary private IPv4 addresses at the start.
    public var secondary: [String]?
    /// How many private IPv4 addresses it may hold, the primary included; 15 by default.
    public var addressLimit: Int?
    /// EC2's source/destination check; false by default, as a router's must be.
    public var sourceDestCheck: Bool?
    /// The ids of its security groups; the group's name is made from the id.
    public var securityGroupIds: [String]?
  }

  /// One long-lived access key.
  public struct AccessKey: Codable, Sendable, Equatable {
    /// The id.
    public var accessKeyId: String
    /// The secret; a simulator's, so nothing worth hiding.
    public var secretAccessKey: String
    /// The token that must come along, for temporary keys.
    public var sessionToken: String?
    /// The policy's name; left out: everything is allowed.
    public var policy: String?
    /// The router that uses it, for the call log and faults by router.
    public var router: String?
    /// The account whose throttling buckets it draws on, if not the topology's.
    public var accountId: String?
  }

  /// What the metadata services do.
  public struct Metadata: Codable, Sendable, Equatable {
    /// Milliseconds until `local-ipv4s` shows a moved address; 0 by default.
    public var remapDelayMilliseconds: Int?
    /// Seconds that a role's credentials live; 21600 by default.
    public var credentialsSeconds: Int?
    /// Seconds before their end at which new ones are handed out; 300 by default.
    public var rotateBeforeSeconds: Int?
  }

  /// The sizes of EC2's token buckets, one for each account and action.
  public struct Throttling: Codable, Sendable, Equatable {
    /// The bucket of actions that change something; 50, refilled by 5 a second.
    public var mutating: Bucket
    /// The bucket of all other actions; 100, refilled by 20 a second.
    public var reading: Bucket
  }

  /// One token bucket's size.
  public struct Bucket: Codable, Sendable, Equatable {
    /// The most calls at once.
    public var burst: Double
    /// The calls regained in a second.
    public var perSecond: Double
  }

  /// Which codes tell of bad signatures.
  public enum AuthenticationErrors: String, Codable, Sendable {
    /// As EC2 answers: AuthFailure for unknown keys and tokens, RequestExpired for old ones.
    case ec2
    /// As documented for all of AWS: InvalidClientTokenId and ExpiredToken.
    case distinct
  }
}

extension Topology.Throttling {
  /// EC2's documented sizes.
  ///
  /// Source: "Request throttling for the Amazon EC2 API".
  public static let documented = Self(
    mutating: .init(burst: 50, perSecond: 5), reading: .init(burst: 100, perSecond: 20))
}
