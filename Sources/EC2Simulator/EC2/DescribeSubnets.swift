extension World {
  /// The subnets named by id or found by filters.
  ///
  /// Source: EC2 API Reference, DescribeSubnets.
  func describeSubnets(_ parameters: Parameters) throws(EC2Error) -> [XMLElement] {
    let ids = parameters.list("SubnetId")
    for id in ids where !subnets.contains(where: { $0.subnetId == id }) {
      throw EC2Error("InvalidSubnetID.NotFound", "The subnet ID '\(id)' does not exist")
    }
    let named = ids.isEmpty ? subnets : subnets.filter { ids.contains($0.subnetId) }
    let found = try filtered(
      named, by: parameters.filters,
      values: [
        "availability-zone": { [$0.availabilityZone] },
        "cidr-block": { [$0.cidr] },
        "subnet-id": { [$0.subnetId] },
        "vpc-id": { [$0.vpcId] },
      ])
    let page = try Page(found, parameters, hasIds: !ids.isEmpty)
    return [XMLElement("subnetSet", items: page.things.map(described))] + page.element
  }

  private func described(_ subnet: Subnet) -> [XMLElement] {
    let held = interfaces.filter { $0.subnet.subnetId == subnet.subnetId }.reduce(0) {
      $0 + $1.addresses.count
    }
    return [
      XMLElement("subnetId", subnet.subnetId),
      XMLElement("state", "available"),
      XMLElement("vpcId", subnet.vpcId),
      XMLElement("cidrBlock", subnet.cidr),
      XMLElement("availableIpAddressCount", String(subnet.range.usable.count - held)),
      XMLElement("availabilityZone", subnet.availabilityZone),
      XMLElement("ownerId", accountId),
      XMLElement("tagSet", []),
    ]
  }
}
