extension World {
  /// Gives addresses to an interface: all of them, or none and an error.
  ///
  /// Source: EC2 API Reference, AssignPrivateIpAddresses; messages as seen of EC2. EC2 does not
  /// say what it answers for an address that is here already: with AllowReassignment it succeeds.
  mutating func assignPrivateIpAddresses(
    _ parameters: Parameters, requestId: String, at now: Moment
  ) throws(EC2Error) -> [XMLElement] {
    let target = try existingInterface(parameters)
    let wanted = try wantedAddresses(parameters, on: target)
    try checkFree(wanted, on: target, allowReassignment: try parameters.flag("AllowReassignment"))
    guard Set(target.addresses + wanted).count <= target.addressLimit else {
      throw EC2Error("PrivateIpAddressLimitExceeded", "Number of private addresses will exceed limit.")
    }
    for address in wanted {
      move(
        address, vpcId: target.subnet.vpcId, to: target.networkInterfaceId, requestId: requestId, at: now)
    }
    return [
      XMLElement("networkInterfaceId", target.networkInterfaceId),
      XMLElement(
        "assignedPrivateIpAddressesSet", items: wanted.map { [XMLElement("privateIpAddress", $0)] }),
      XMLElement("return", "true"),
    ]
  }

  /// The interface that a call names.
  func existingInterface(_ parameters: Parameters) throws(EC2Error) -> Interface {
    let id = try parameters.required("NetworkInterfaceId")
    guard id.hasPrefix("eni-") else {
      throw EC2Error("InvalidNetworkInterfaceId.Malformed", "Invalid id: \"\(id)\" (expecting \"eni-...\")")
    }
    guard let interface = interface(id) else { throw .noInterface(id) }
    return interface
  }

  private func wantedAddresses(_ parameters: Parameters, on target: Interface) throws(EC2Error) -> [String] {
    let addresses = parameters.list("PrivateIpAddress")
    let count = try parameters.number("SecondaryPrivateIpAddressCount")
    switch (addresses.isEmpty, count) {
    case (false, nil):
      for address in addresses { try checkRange(address, of: target.subnet) }
      guard Set(addresses).count == addresses.count else {
        throw .value("Duplicate addresses are not allowed.")
      }
      return addresses
    case (true, let count?) where count > 0:
      return try freeAddresses(count, in: target.subnet)
    case (true, _):
      throw .missing("privateIpAddresses or secondaryPrivateIpAddressCount")
    case (false, _):
      throw EC2Error(
        "InvalidParameterCombination",
        "The parameter privateIpAddresses cannot be used with the parameter secondaryPrivateIpAddressCount")
    }
  }

  private func checkRange(_ address: String, of subnet: Subnet) throws(EC2Error) {
    guard let number = ipv4Number(address) else {
      throw .value("invalid value for parameter address: [\(address)]")
    }
    guard subnet.range.contains(number) else {
      throw .value("Address \(address) does not fall within the subnet's address range")
    }
    guard subnet.range.usable.contains(number) else {
      throw .value("Address \(address) is in subnet's reserved address range")
    }
  }

  /// A primary address never moves, any other only if the caller allows it.
  private func checkFree(
    _ addresses: [String], on target: Interface, allowReassignment: Bool
  ) throws(EC2Error) {
    let refused = addresses.filter { address in
      guard let holder = holder(of: address, vpcId: target.subnet.vpcId) else { return false }
      return holder.primary == address || !allowReassignment
    }
    if !refused.isEmpty {
      throw .value("[\(refused.joined(separator: ", "))] assigned, but move is not allowed.")
    }
  }

  private func freeAddresses(_ count: Int, in subnet: Subnet) throws(EC2Error) -> [String] {
    let free = subnet.range.usable.lazy.map(dottedQuad).filter { holder(of: $0, vpcId: subnet.vpcId) == nil }
    let chosen = Array(free.prefix(count))
    guard chosen.count == count else {
      throw EC2Error(
        "InsufficientFreeAddressesInSubnet", "The subnet \(subnet.subnetId) has not enough free addresses.")
    }
    return chosen
  }
}
