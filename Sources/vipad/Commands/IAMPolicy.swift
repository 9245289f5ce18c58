import FoundationEssentials

/// An IAM policy that allows the calls of vipad and nothing else.
///
/// Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon EC2": Assign takes a
/// network interface as resource, the describe calls take none.
struct IAMPolicy: Encodable, Equatable {
  /// What a policy is made for; empty where it is not known or not to matter.
  struct Scope: Equatable {
    var region: String?
    var accountId: String?
    /// The interfaces that the VIPs move between, by their ids: one for each leg of this router.
    var networkInterfaceIds: [String] = []
    /// The other router's.
    var peerNetworkInterfaceIds: [String] = []
    /// VPC endpoints that calls must come through.
    var vpcEndpointIds: [String] = []
    /// Instances whose role's credentials are to count, and none taken away from them.
    var instanceIds: [String] = []

    /// Whether both ends of every move are known.
    var knowsPair: Bool {
      !networkInterfaceIds.isEmpty && peerNetworkInterfaceIds.count >= networkInterfaceIds.count
    }
  }

  /// Calls that name an interface of the pair.
  static let actionsOnInterfaces = ["ec2:AssignPrivateIpAddresses"]
  /// Calls that only read.
  static let readingActions = [
    "ec2:DescribeInstances", "ec2:DescribeInstanceTypes", "ec2:DescribeNetworkInterfaces",
  ]

  /// The policy language's version, not this document's.
  let version = "2012-10-17"
  let statements: [Statement]

  init(_ scope: Scope) {
    let conditions = scope.conditions
    statements = [
      Statement(
        sid: "MoveTheAddresses", actions: Self.actionsOnInterfaces, resources: scope.interfaces,
        conditions: conditions.isEmpty ? nil : conditions),
      Statement(
        sid: "FindTheirHolder", actions: Self.readingActions, resources: ["*"],
        conditions: scope.conditionsOfReading),
    ]
  }

  struct Statement: Encodable, Equatable {
    let sid: String
    let effect = "Allow"
    let actions: [String]
    let resources: [String]
    let conditions: [String: [String: [String]]]?

    enum CodingKeys: String, CodingKey {
      case sid = "Sid"
      case effect = "Effect"
      case actions = "Action"
      case resources = "Resource"
      case conditions = "Condition"
    }
  }

  enum CodingKeys: String, CodingKey {
    case version = "Version"
    case statements = "Statement"
  }
}

extension IAMPolicy.Scope {
  /// The interfaces' ARNs; any interface while the pair is not known.
  fileprivate var interfaces: [String] {
    // An interface may have been named on both sides; it counts once.
    let pair = networkInterfaceIds + peerNetworkInterfaceIds.filter { !networkInterfaceIds.contains($0) }
    let names = knowsPair ? pair : ["*"]
    return names.map { arn("network-interface/\($0)") }
  }

  /// Which endpoint and which instances the calls must come from.
  fileprivate var conditions: [String: [String: [String]]] {
    var conditions: [String: [String: [String]]] = [:]
    if !vpcEndpointIds.isEmpty { conditions["StringEquals"] = ["aws:SourceVpce": vpcEndpointIds] }
    if !instanceIds.isEmpty {
      conditions["ArnLike"] = ["ec2:SourceInstanceARN": instanceIds.map { arn("instance/\($0)") }]
    }
    return conditions
  }

  /// Reads name no resource, so the Region is a condition.
  fileprivate var conditionsOfReading: [String: [String: [String]]]? {
    var conditions = conditions
    if let region { conditions["StringEquals", default: [:]]["ec2:Region"] = [region] }
    return conditions.isEmpty ? nil : conditions
  }

  /// Ids are unique by themselves: what is not known may be anything.
  private func arn(_ resource: String) -> String {
    "arn:\(partition):ec2:\(region ?? "*"):\(accountId ?? "*"):\(resource)"
  }

  /// The partition's name in ARNs (partitions.json of botocore).
  private var partition: String {
    let names = [
      ("cn-", "aws-cn"), ("us-gov-", "aws-us-gov"), ("eusc-", "aws-eusc"), ("us-isob-", "aws-iso-b"),
      ("us-isof-", "aws-iso-f"), ("us-iso-", "aws-iso"), ("eu-isoe-", "aws-iso-e"),
    ]
    return names.first { region?.hasPrefix($0.0) ?? false }?.1 ?? "aws"
  }
}
