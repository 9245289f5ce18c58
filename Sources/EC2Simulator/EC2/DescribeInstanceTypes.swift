extension World {
  /// The one type that all instances here are of.
  static let instanceType = "c6in.large"

  /// What the instance type allows.
  ///
  /// The addresses of an interface are a property of the type: here the least `addressLimit` of all interfaces.
  /// Source: EC2 API Reference, DescribeInstanceTypes, InstanceTypeInfo, NetworkInfo.
  func describeInstanceTypes(_ parameters: Parameters) throws(EC2Error) -> [XMLElement] {
    let wanted = parameters.list("InstanceType")
    let unknown = wanted.filter { $0 != Self.instanceType }
    guard unknown.isEmpty else {
      throw EC2Error(
        "InvalidInstanceType",
        "The following supplied instance types do not exist: [\(unknown.joined(separator: ", "))]")
    }
    let limit = interfaces.map(\.addressLimit).min() ?? 15
    let network = [
      XMLElement("networkPerformance", "Up to 25 Gigabit"),
      XMLElement("maximumNetworkInterfaces", "3"),
      XMLElement("ipv4AddressesPerInterface", String(limit)),
      XMLElement("ipv6AddressesPerInterface", String(limit)),
      XMLElement("ipv6Supported", "true"),
    ]
    return [
      XMLElement(
        "instanceTypeSet",
        items: [
          [
            XMLElement("instanceType", Self.instanceType),
            XMLElement("currentGeneration", "true"),
            XMLElement("networkInfo", network),
          ]
        ])
    ]
  }
}
