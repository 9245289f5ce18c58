extension World {
  /// The interfaces named by id or found by filters.
  ///
  /// Source: EC2 API Reference, DescribeNetworkInterfaces.
  func describeNetworkInterfaces(_ parameters: Parameters) throws(EC2Error) -> [XMLElement] {
    let ids = parameters.list("NetworkInterfaceId")
    for id in ids where interface(id) == nil { throw .noInterface(id) }
    let named = ids.isEmpty ? interfaces : interfaces.filter { ids.contains($0.networkInterfaceId) }
    let found = try filtered(named, by: parameters.filters, values: Self.interfaceFilters)
    let page = try Page(found, parameters, hasIds: !ids.isEmpty)
    return [XMLElement("networkInterfaceSet", items: page.things.map(described))] + page.element
  }

  private static let interfaceFilters: FilterableValues<Interface> = [
    "addresses.private-ip-address": { $0.addresses },
    "addresses.primary": { $0.secondary.isEmpty ? ["true"] : ["true", "false"] },
    "attachment.device-index": { $0.instanceId == nil ? [] : [String($0.deviceIndex)] },
    "attachment.instance-id": { $0.instanceId.map { [$0] } ?? [] },
    "attachment.status": { $0.instanceId == nil ? [] : ["attached"] },
    "availability-zone": { [$0.subnet.availabilityZone] },
    "group-id": { $0.securityGroupIds },
    "mac-address": { [$0.macAddress] },
    "network-interface-id": { [$0.networkInterfaceId] },
    "private-ip-address": { $0.addresses },
    "source-dest-check": { [String($0.sourceDestCheck)] },
    "status": { [$0.status] },
    "subnet-id": { [$0.subnet.subnetId] },
    "vpc-id": { [$0.subnet.vpcId] },
  ]

  private func described(_ interface: Interface) -> [XMLElement] {
    interface.identity(ownerId: accountId)
      + [
        XMLElement("availabilityZone", interface.subnet.availabilityZone),
        XMLElement("requesterManaged", "false"),
        XMLElement("tagSet", []),
      ]
      + (interface.instanceId.map { instanceId in
        let owner = [XMLElement("instanceId", instanceId), XMLElement("instanceOwnerId", accountId)]
        return [XMLElement("attachment", interface.attachmentFields + owner)]
      } ?? [])
  }
}
