extension Topology {
  /// Two routers in one subnet, the VIPs on router-a: what `ec2sim --example` prints.
  public static let example = Topology(
    accountId: "123456789012",
    region: "eu-central-1",
    vpcId: "vpc-0a1b2c3d4e5f60718",
    subnets: [
      Subnet(
        subnetId: "subnet-0a1b2c3d4e5f60718", cidr: "100.80.33.0/24", availabilityZone: "eu-central-1a")
    ],
    routers: [
      exampleRouter("router-a", digit: "a", lastOctet: 11, vips: ["100.80.33.100", "100.80.33.101"]),
      exampleRouter("router-b", digit: "b", lastOctet: 12, vips: []),
    ],
    instances: [],
    interfaces: [],
    accessKeys: [
      AccessKey(accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "simulated-secret-of-the-operator"),
      AccessKey(
        accessKeyId: "AKIAI44QH8DHBEXAMPLE", secretAccessKey: "simulated-secret-of-the-older-policy",
        policy: "older"),
    ],
    policies: [
      "older": ["DescribeAddresses", "DescribeInstances", "AssignPrivateIpAddresses"],
      "reader": ["DescribeInstances", "DescribeNetworkInterfaces"],
    ],
    metadata: Metadata(remapDelayMilliseconds: 0, credentialsSeconds: 21600, rotateBeforeSeconds: 300),
    throttling: .documented,
    authenticationErrors: .ec2)

  private static func exampleRouter(
    _ name: String, digit: String, lastOctet: Int, vips: [String]
  ) -> Router {
    Router(
      name: name, instanceId: "i-0123456789abcdef\(digit)", roleName: "vipad-\(name)", policy: nil,
      interfaces: [
        Interface(
          networkInterfaceId: "eni-0123456789abcdef\(digit)", macAddress: "02:00:5e:00:53:0\(digit)",
          deviceIndex: 0, subnetId: "subnet-0a1b2c3d4e5f60718", primary: "100.80.33.\(lastOctet)",
          secondary: vips, addressLimit: 15, sourceDestCheck: false,
          securityGroupIds: ["sg-0a1b2c3d4e5f60718"])
      ])
  }
}
