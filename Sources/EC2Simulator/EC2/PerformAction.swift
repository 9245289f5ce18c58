/// One authenticated call, ready to take effect.
struct EC2Call: Sendable {
  let action: EC2Action
  let parameters: Parameters
  let principal: Principal
  let requestId: String
}

extension World {
  /// Does what the call asks, or nothing and an error.
  ///
  /// `seen` is the world as readers are shown it, which may lag behind this one.
  mutating func perform(_ call: EC2Call, seen: World, at now: Moment) throws(EC2Error) -> XMLElement {
    try call.action.checkNames(call.parameters)
    guard call.principal.mayCall(call.action) else { throw call.principal.refusal(of: call.action) }
    if try call.parameters.flag("DryRun") {
      throw EC2Error(
        "DryRunOperation", "Request would have succeeded, but DryRun flag is set.", httpStatus: 412)
    }
    let answer = try answer(call, seen: seen, at: now)
    return XMLElement(
      "\(call.action.rawValue)Response", [XMLElement("requestId", call.requestId)] + answer)
  }

  private mutating func answer(_ call: EC2Call, seen: World, at now: Moment) throws(EC2Error) -> [XMLElement]
  {
    switch call.action {
    case .assignPrivateIpAddresses:
      try assignPrivateIpAddresses(call.parameters, requestId: call.requestId, at: now)
    case .unassignPrivateIpAddresses:
      try unassignPrivateIpAddresses(call.parameters, requestId: call.requestId, at: now)
    case .describeNetworkInterfaces: try seen.describeNetworkInterfaces(call.parameters)
    case .describeInstances: try seen.describeInstances(call.parameters)
    case .describeInstanceTypes: try seen.describeInstanceTypes(call.parameters)
    case .describeSubnets: try seen.describeSubnets(call.parameters)
    // There are no Elastic IPs here; the older policy allows the call, so it must not be unknown.
    case .describeAddresses: [XMLElement("addressesSet", [])]
    }
  }
}
