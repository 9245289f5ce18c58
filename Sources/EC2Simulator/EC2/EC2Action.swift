/// The actions of EC2's Query API that the simulator knows.
enum EC2Action: String, CaseIterable, Sendable {
  case assignPrivateIpAddresses = "AssignPrivateIpAddresses"
  case unassignPrivateIpAddresses = "UnassignPrivateIpAddresses"
  case describeNetworkInterfaces = "DescribeNetworkInterfaces"
  case describeInstances = "DescribeInstances"
  case describeInstanceTypes = "DescribeInstanceTypes"
  case describeSubnets = "DescribeSubnets"
  case describeAddresses = "DescribeAddresses"

  /// Whether it draws on the smaller token bucket.
  var isMutating: Bool { self == .assignPrivateIpAddresses || self == .unassignPrivateIpAddresses }

  /// The parameters it takes besides Action and Version, up to the first dot.
  ///
  /// Source: EC2's service model 2016-11-15. The two that change something have no DryRun.
  var parameterNames: Set<String> {
    switch self {
    case .assignPrivateIpAddresses:
      [
        "NetworkInterfaceId", "PrivateIpAddress", "AllowReassignment", "SecondaryPrivateIpAddressCount",
        "Ipv4Prefix", "Ipv4PrefixCount",
      ]
    case .unassignPrivateIpAddresses: ["NetworkInterfaceId", "PrivateIpAddress", "Ipv4Prefix"]
    case .describeNetworkInterfaces:
      ["NetworkInterfaceId", "Filter", "MaxResults", "NextToken", "DryRun", "IncludeManagedResources"]
    case .describeInstances:
      ["InstanceId", "Filter", "MaxResults", "NextToken", "DryRun", "IncludeManagedResources"]
    case .describeInstanceTypes: ["InstanceType", "Filter", "MaxResults", "NextToken", "DryRun"]
    case .describeSubnets: ["SubnetId", "Filter", "MaxResults", "NextToken", "DryRun"]
    case .describeAddresses: ["PublicIp", "AllocationId", "Filter", "DryRun"]
    }
  }

  /// Refuses a parameter that EC2 would not recognize.
  func checkNames(_ parameters: Parameters) throws(EC2Error) {
    let unknown = parameters.topLevelNames.subtracting(parameterNames).subtracting(["Action", "Version"])
    if let name = unknown.min() {
      throw EC2Error("UnknownParameter", "The parameter \(name) is not recognized")
    }
  }
}
