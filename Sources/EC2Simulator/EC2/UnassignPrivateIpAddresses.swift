extension World {
  /// Takes secondary addresses from an interface: all of them, or none and an error.
  ///
  /// Source: EC2 API Reference, UnassignPrivateIpAddresses.
  mutating func unassignPrivateIpAddresses(
    _ parameters: Parameters, requestId: String, at now: Moment
  ) throws(EC2Error) -> [XMLElement] {
    let target = try existingInterface(parameters)
    let addresses = parameters.list("PrivateIpAddress")
    guard !addresses.isEmpty else { throw .missing("privateIpAddresses") }
    let foreign = addresses.filter { !target.secondary.contains($0) }
    guard foreign.isEmpty else {
      let list = foreign.joined(separator: ", ")
      throw .value("Some of [\(list)] are not assigned to interface \(target.networkInterfaceId)")
    }
    for address in addresses {
      move(address, vpcId: target.subnet.vpcId, to: nil, requestId: requestId, at: now)
    }
    return [XMLElement("return", "true")]
  }
}
