import HTTPServer

private struct SettingsBody: JSONBodyKeys {
  static let keys: Set<String> = [
    "remapDelayMilliseconds", "describeLagMilliseconds", "clockOffsetSeconds", "throttling",
  ]
  let remapDelayMilliseconds: Int?
  let describeLagMilliseconds: Int?
  let clockOffsetSeconds: Double?
  let throttling: Topology.Throttling?
}

private struct MoveBody: JSONBodyKeys {
  static let keys: Set<String> = ["privateIpAddress", "networkInterfaceId", "vpcId"]
  let privateIpAddress: String
  let networkInterfaceId: String?
  let vpcId: String?
}

/// How far a clock may be set off, in seconds: some 30 years.
private let clockRange = 1e9

private func refuse<Value>(
  _ value: Value?, _ name: String, outside range: ClosedRange<Value>
) throws(Problem) {
  if let value, !range.contains(value) {
    throw Problem(
      status: 400, detail: "\(name) is not between \(range.lowerBound) and \(range.upperBound)")
  }
}

extension Simulation {
  /// `POST /faults`: the new fault's number.
  func addFault(_ request: HTTPRequest) throws(Problem) -> String {
    let fault = try JSONBody.decode(Fault.self, from: request.body)
    try refuse(fault.effect.httpStatus, "httpStatus", outside: 200...599)
    try refuse(fault.effect.truncateAtBytes, "truncateAtBytes", outside: 0...1_000_000)
    try refuse(fault.effect.dateOffsetSeconds, "dateOffsetSeconds", outside: -clockRange...clockRange)
    return jsonText(["id": change { state, _ in state.faults.add(fault) }])
  }

  /// `DELETE /faults` and `DELETE /faults/{id}`; delays under way end at once.
  func removeFaults(_ id: String?) throws(Problem) -> String {
    let number = id.flatMap { Int($0) }
    guard id == nil || number != nil, change({ state, _ in state.faults.remove(number) }) else {
      throw Problem(status: 404, detail: "there is no fault \(id ?? "")")
    }
    return "{}"
  }

  /// `POST /settings`: what is left out stays as it is.
  func changeSettings(_ request: HTTPRequest) throws(Problem) -> String {
    let body = try JSONBody.decode(SettingsBody.self, from: request.body)
    try refuse(body.clockOffsetSeconds, "clockOffsetSeconds", outside: -clockRange...clockRange)
    change { state, _ in
      state.clockOffsetSeconds = body.clockOffsetSeconds ?? state.clockOffsetSeconds
      state.describeLagMilliseconds = body.describeLagMilliseconds ?? state.describeLagMilliseconds
      if let throttling = body.throttling { state.buckets = TokenBuckets(throttling) }
      guard let delay = body.remapDelayMilliseconds else { return }
      for name in state.metadata.keys { state.metadata[name]?.remapDelayMilliseconds = delay }
    }
    return "{}"
  }

  /// `POST /move`: gives an address to an interface, or to none, without any API call.
  func moveAddress(_ request: HTTPRequest) throws(Problem) -> String {
    let body = try JSONBody.decode(MoveBody.self, from: request.body)
    let vpcId = body.vpcId ?? topology.vpcId
    let refusal: String? = change { state, now in
      if let id = body.networkInterfaceId, state.world.interface(id) == nil {
        return "there is no interface \(id)"
      }
      let holder = state.world.holder(of: body.privateIpAddress, vpcId: vpcId)
      if holder?.primary == body.privateIpAddress { return "\(body.privateIpAddress) is a primary address" }
      state.world.move(
        body.privateIpAddress, vpcId: vpcId, to: body.networkInterfaceId, requestId: "control", at: now)
      return nil
    }
    if let refusal { throw Problem(status: 400, detail: refusal) }
    return "{}"
  }

  /// `POST /reset`: the state at the start, but for tokens and role keys that were handed out.
  func reset() throws(Problem) -> String {
    let fresh = try state(for: topology)
    change { state, _ in state = fresh.continuing(state) }
    return "{}"
  }

  /// `POST /topology`: another world for the same routers; log, faults and clock go on.
  func replaceTopology(_ request: HTTPRequest) throws(Problem) -> String {
    let new = try topology(in: request)
    guard Set(new.routers.map(\.name)) == Set(topology.routers.map(\.name)) else {
      throw Problem(status: 400, detail: "the routers must have the same names: each has a listener")
    }
    let fresh = try state(for: new)
    change { state, _ in
      let old = state
      state = fresh.continuing(old)
      (state.log, state.faults) = (old.log, old.faults)
      (state.clockOffsetSeconds, state.describeLagMilliseconds) =
        (old.clockOffsetSeconds, old.describeLagMilliseconds)
    }
    return "{}"
  }

  private func topology(in request: HTTPRequest) throws(Problem) -> Topology {
    do throws(SimulatorError) {
      return try Topology(json: request.body)
    } catch {
      throw Problem(status: 400, detail: error.description)
    }
  }

  private func state(for topology: Topology) throws(Problem) -> SimulatorState {
    do throws(SimulatorError) {
      return try SimulatorState(topology, nonce: nonce)
    } catch {
      throw Problem(status: 400, detail: error.description)
    }
  }
}
