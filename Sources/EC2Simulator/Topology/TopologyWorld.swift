extension World {
  /// The world that a topology describes.
  ///
  /// - Throws: `SimulatorError.topology`, naming what contradicts itself.
  init(_ topology: Topology) throws(SimulatorError) {
    var subnets: [Subnet] = []
    for subnet in topology.subnets { subnets.append(try Subnet(subnet, vpcId: topology.vpcId)) }
    var interfaces: [Interface] = []
    for (interface, instanceId) in topology.attachments {
      interfaces.append(try Interface(interface, instanceId: instanceId, subnets: subnets))
    }
    try refuseDuplicates("networkInterfaceId", interfaces.map(\.networkInterfaceId))
    try refuseDuplicates("macAddress", interfaces.map(\.macAddress))
    try refuseDuplicates(
      "address", interfaces.flatMap { one in one.addresses.map { "\($0) in \(one.subnet.vpcId)" } })
    accountId = topology.accountId
    region = topology.region
    self.subnets = subnets
    self.interfaces = interfaces
    instances =
      topology.routers.map { Instance(instanceId: $0.instanceId, state: "running", roleName: $0.roleName) }
      + (topology.instances ?? []).map {
        Instance(instanceId: $0.instanceId, state: $0.state ?? "running", roleName: nil)
      }
    try refuseDuplicates("instanceId", instances.map(\.instanceId))
    try refuseDuplicates("router name", topology.routers.map(\.name))
  }
}

extension Topology {
  /// Every interface with the instance that it is attached to.
  fileprivate var attachments: [(Interface, instanceId: String?)] {
    routers.flatMap { router in router.interfaces.map { ($0, router.instanceId) } }
      + (instances ?? []).flatMap { instance in instance.interfaces.map { ($0, instance.instanceId) } }
      + (interfaces ?? []).map { ($0, nil) }
  }
}

extension World.Subnet {
  fileprivate init(_ subnet: Topology.Subnet, vpcId: String) throws(SimulatorError) {
    guard let range = SubnetRange(subnet.cidr) else {
      throw .topology("\(subnet.subnetId): \(subnet.cidr) is no IPv4 range of /16 to /28")
    }
    self.init(
      subnetId: subnet.subnetId, cidr: subnet.cidr, range: range,
      availabilityZone: subnet.availabilityZone, vpcId: subnet.vpcId ?? vpcId)
  }
}

extension World.Interface {
  fileprivate init(
    _ interface: Topology.Interface, instanceId: String?, subnets: [World.Subnet]
  ) throws(SimulatorError) {
    let id = interface.networkInterfaceId
    guard let subnet = subnets.first(where: { $0.subnetId == interface.subnetId }) else {
      throw .topology("\(id): there is no subnet \(interface.subnetId)")
    }
    self.init(
      networkInterfaceId: id, macAddress: interface.macAddress, instanceId: instanceId,
      deviceIndex: interface.deviceIndex ?? 0, subnet: subnet, primary: interface.primary,
      secondary: interface.secondary ?? [], addressLimit: interface.addressLimit ?? 15,
      sourceDestCheck: interface.sourceDestCheck ?? false,
      securityGroupIds: interface.securityGroupIds ?? [])
    for address in addresses {
      guard let number = ipv4Number(address), subnet.range.contains(number) else {
        throw .topology("\(id): \(address) is not in \(subnet.subnetId), \(subnet.cidr)")
      }
    }
  }
}

private func refuseDuplicates(_ what: String, _ values: [String]) throws(SimulatorError) {
  var seen: Set<String> = []
  for value in values where !seen.insert(value).inserted {
    throw .topology("\(what) \(value) is there twice")
  }
}
