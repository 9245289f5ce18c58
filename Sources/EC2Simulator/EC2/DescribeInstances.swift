extension World {
  /// The instances named by id or found by filters, one reservation each.
  ///
  /// Source: EC2 API Reference, DescribeInstances.
  func describeInstances(_ parameters: Parameters) throws(EC2Error) -> [XMLElement] {
    let ids = parameters.list("InstanceId")
    let known = Set(instances.map(\.instanceId))
    for id in ids where !known.contains(id) {
      throw EC2Error("InvalidInstanceID.NotFound", "The instance ID '\(id)' does not exist")
    }
    let named = ids.isEmpty ? instances : instances.filter { ids.contains($0.instanceId) }
    let found = try filtered(named, by: parameters.filters, values: instanceFilters)
    let page = try Page(found, parameters, hasIds: !ids.isEmpty)
    return [XMLElement("reservationSet", items: page.things.map(reservation))] + page.element
  }

  private var instanceFilters: FilterableValues<Instance> {
    func ofInterfaces(_ property: @escaping @Sendable (Interface) -> [String])
      -> @Sendable (Instance) -> [String]
    {
      { instance in interfaces(of: instance.instanceId).flatMap(property) }
    }
    func ofFirst(_ property: @escaping @Sendable (Interface) -> String) -> @Sendable (Instance) -> [String] {
      { instance in interfaces(of: instance.instanceId).prefix(1).map(property) }
    }
    return [
      "availability-zone": ofFirst { $0.subnet.availabilityZone },
      "instance-id": { [$0.instanceId] },
      "instance-state-name": { [$0.state] },
      "network-interface.addresses.private-ip-address": ofInterfaces { $0.addresses },
      "network-interface.mac-address": ofInterfaces { [$0.macAddress] },
      "network-interface.network-interface-id": ofInterfaces { [$0.networkInterfaceId] },
      "network-interface.private-ip-address": ofInterfaces { [$0.primary] },
      "network-interface.subnet-id": ofInterfaces { [$0.subnet.subnetId] },
      "network-interface.vpc-id": ofInterfaces { [$0.subnet.vpcId] },
      "private-ip-address": ofFirst { $0.primary },
      "subnet-id": ofFirst { $0.subnet.subnetId },
      "vpc-id": ofFirst { $0.subnet.vpcId },
    ]
  }

  private func reservation(_ instance: Instance) -> [XMLElement] {
    [
      XMLElement("reservationId", "r-" + instance.instanceId.dropFirst(2)),
      XMLElement("ownerId", accountId),
      XMLElement("groupSet", []),
      XMLElement("instancesSet", items: [described(instance)]),
    ]
  }

  private func described(_ instance: Instance) -> [XMLElement] {
    let attached = interfaces(of: instance.instanceId)
    return [
      XMLElement("instanceId", instance.instanceId),
      XMLElement("imageId", "ami-0123456789abcdef0"),
      XMLElement("instanceState", instance.stateFields),
      XMLElement("instanceType", Self.instanceType),
      XMLElement("launchTime", "2026-01-01T00:00:00.000Z"),
      XMLElement("monitoring", [XMLElement("state", "disabled")]),
    ] + (attached.first.map(placed) ?? []) + profile(instance) + [
      XMLElement("architecture", "x86_64"),
      XMLElement("rootDeviceType", "ebs"),
      XMLElement("virtualizationType", "hvm"),
      XMLElement("hypervisor", "xen"),
      XMLElement("tagSet", []),
      XMLElement("networkInterfaceSet", items: attached.map(attachedInterface)),
    ]
  }

  private func attachedInterface(_ interface: Interface) -> [XMLElement] {
    interface.identity(ownerId: accountId) + [XMLElement("attachment", interface.attachmentFields)]
  }

  /// What the instance takes from its first interface.
  private func placed(_ first: Interface) -> [XMLElement] {
    [
      XMLElement(
        "placement",
        [
          XMLElement("availabilityZone", first.subnet.availabilityZone),
          XMLElement("groupName", ""),
          XMLElement("tenancy", "default"),
        ]),
      XMLElement("privateIpAddress", first.primary),
      XMLElement("privateDnsName", first.privateDnsName(first.primary)),
      XMLElement("subnetId", first.subnet.subnetId),
      XMLElement("vpcId", first.subnet.vpcId),
      XMLElement("sourceDestCheck", String(first.sourceDestCheck)),
      first.groupSet,
    ]
  }

  private func profile(_ instance: Instance) -> [XMLElement] {
    guard let roleName = instance.roleName else { return [] }
    return [
      XMLElement(
        "iamInstanceProfile",
        [
          XMLElement("arn", "arn:aws:iam::\(accountId):instance-profile/\(roleName)"),
          XMLElement("id", "AIPA" + instance.instanceId.dropFirst(2).uppercased()),
        ])
    ]
  }
}

extension World.Instance {
  /// Source: EC2 API Reference, InstanceState.
  fileprivate var stateFields: [XMLElement] {
    let codes = [
      "pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80,
    ]
    return [XMLElement("code", String(codes[state] ?? 16)), XMLElement("name", state)]
  }
}
