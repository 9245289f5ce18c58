extension World.Interface {
  var status: String { instanceId == nil ? "available" : "in-use" }

  /// What DescribeNetworkInterfaces and DescribeInstances both say of an interface.
  func identity(ownerId: String) -> [XMLElement] {
    [
      XMLElement("networkInterfaceId", networkInterfaceId),
      XMLElement("subnetId", subnet.subnetId),
      XMLElement("vpcId", subnet.vpcId),
      XMLElement("description", ""),
      XMLElement("ownerId", ownerId),
      XMLElement("status", status),
      XMLElement("macAddress", macAddress),
      XMLElement("privateIpAddress", primary),
      XMLElement("privateDnsName", privateDnsName(primary)),
      XMLElement("sourceDestCheck", String(sourceDestCheck)),
      groupSet,
      XMLElement("privateIpAddressesSet", items: addresses.map(addressItem)),
      XMLElement("ipv6AddressesSet", []),
      XMLElement("interfaceType", "interface"),
    ]
  }

  var groupSet: XMLElement {
    XMLElement(
      "groupSet",
      items: securityGroupIds.map { [XMLElement("groupId", $0), XMLElement("groupName", "group \($0)")] })
  }

  /// How it hangs on its instance, without the instance's id.
  var attachmentFields: [XMLElement] {
    [
      XMLElement("attachmentId", "eni-attach-" + networkInterfaceId.dropFirst(4)),
      XMLElement("deviceIndex", String(deviceIndex)),
      XMLElement("networkCardIndex", "0"),
      XMLElement("status", "attached"),
      XMLElement("attachTime", "2026-01-01T00:00:00.000Z"),
      XMLElement("deleteOnTermination", String(deviceIndex == 0)),
    ]
  }

  private func addressItem(_ address: String) -> [XMLElement] {
    [
      XMLElement("privateIpAddress", address),
      XMLElement("privateDnsName", privateDnsName(address)),
      XMLElement("primary", String(address == primary)),
    ]
  }

  /// The name that the VPC's resolver gives an address.
  func privateDnsName(_ address: String) -> String {
    let region = String(subnet.availabilityZone.dropLast())
    return "ip-\(address.split(separator: ".").joined(separator: "-")).\(region).compute.internal"
  }
}
