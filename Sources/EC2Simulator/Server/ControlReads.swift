import HTTPServer

extension Simulation {
  /// `GET /calls?after=N&service=ec2&action=A&router=R&answered=true&wait=SECONDS`.
  func calls(_ request: HTTPRequest) throws(Problem) -> String {
    let query = try CallQuery(request)
    let found = bell.wait(milliseconds: query.waitMilliseconds) {
      let calls = look { $0.log.after(query.after, where: query.matches) }
      return calls.isEmpty ? nil : calls
    }
    return jsonText(CallReport(calls: found ?? [], last: look { $0.log.last }))
  }

  /// `GET /moves?after=N&privateIpAddress=A&wait=SECONDS`.
  func moves(_ request: HTTPRequest) throws(Problem) -> String {
    let after = try number("after", in: request) ?? 0
    let address = request.query.first { $0.name == "privateIpAddress" }?.value
    let found = bell.wait(milliseconds: try waitMilliseconds(in: request)) {
      let moves = look { state in
        state.world.moves.filter { $0.n > after && (address == nil || $0.privateIpAddress == address) }
      }
      return moves.isEmpty ? nil : moves
    }
    return jsonText(["moves": found ?? []])
  }
}

private struct CallReport: Encodable {
  let calls: [Call]
  /// The number of the newest request at any listener.
  let last: Int
}

/// Which calls `GET /calls` asks for.
private struct CallQuery: Sendable {
  let after: Int
  let waitMilliseconds: Int
  private let values: [String: String]

  init(_ request: HTTPRequest) throws(Problem) {
    after = try number("after", in: request) ?? 0
    waitMilliseconds = try EC2Simulator.waitMilliseconds(in: request)
    values = Dictionary(request.query.map { ($0.name, $0.value) }) { first, _ in first }
    let known: Set<String> = ["after", "wait", "service", "action", "router", "accessKeyId", "answered"]
    if let name = Set(values.keys).subtracting(known).min() {
      throw Problem(status: 400, detail: "/calls has no parameter \(name)")
    }
  }

  func matches(_ call: Call) -> Bool {
    let service = values["service"] ?? Service.ec2.rawValue
    guard service == "all" || service == call.service.rawValue else { return false }
    guard values["answered"] != "true" || call.answerUptimeNanoseconds != nil else { return false }
    return matches("action", call.action) && matches("router", call.router)
      && matches("accessKeyId", call.accessKeyId)
  }

  private func matches(_ name: String, _ value: String?) -> Bool {
    values[name] == nil || values[name] == value
  }
}

private func number(_ name: String, in request: HTTPRequest) throws(Problem) -> Int? {
  guard let text = request.query.first(where: { $0.name == name })?.value else { return nil }
  guard let number = Int(text), number >= 0 else {
    throw Problem(status: 400, detail: "\(name)=\(text) is no whole number from 0")
  }
  return number
}

/// `wait=SECONDS`, with fractions, at most 600.
private func waitMilliseconds(in request: HTTPRequest) throws(Problem) -> Int {
  guard let text = request.query.first(where: { $0.name == "wait" })?.value else { return 0 }
  guard let seconds = Double(text), (0...600).contains(seconds) else {
    throw Problem(status: 400, detail: "wait=\(text) is no number of seconds from 0 to 600")
  }
  return Int(seconds * 1000)
}
