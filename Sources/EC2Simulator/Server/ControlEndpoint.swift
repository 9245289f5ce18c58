import HTTPServer

extension Simulation {
  /// Answers a request at the control listener; docs/simulator.md describes each.
  func answerControl(_ request: HTTPRequest) -> HTTPResponse {
    do throws(Problem) {
      return json(try control(request))
    } catch {
      return error.response
    }
  }

  private func control(_ request: HTTPRequest) throws(Problem) -> String {
    let path = request.path.split(separator: "/").map(String.init)
    switch (request.method, path.first, path.count) {
    case ("GET", "state", 1): return jsonText(look { StateReport($0) })
    case ("GET", "calls", 1): return try calls(request)
    case ("GET", "moves", 1): return try moves(request)
    case ("GET", "faults", 1): return jsonText(["faults": look { $0.faults.entries }])
    case ("POST", "faults", 1): return try addFault(request)
    case ("DELETE", "faults", 1): return try removeFaults(nil)
    case ("DELETE", "faults", 2): return try removeFaults(path[1])
    case ("POST", "settings", 1): return try changeSettings(request)
    case ("POST", "move", 1): return try moveAddress(request)
    case ("POST", "topology", 1): return try replaceTopology(request)
    case ("POST", "reset", 1): return try reset()
    case ("POST", "routers", 3) where path[2] == "credentials": return try changeCredentials(request, path[1])
    case ("POST", "routers", 3) where path[2] == "metadata": return try changeMetadata(request, path[1])
    default:
      throw Problem(
        status: 404, detail: "\(request.method) \(request.path) is nothing that ec2sim can do",
        remedy: "docs/simulator.md lists the control calls")
    }
  }

  private func json(_ text: String) -> HTTPResponse {
    HTTPResponse(
      status: 200, headers: [("Content-Type", "application/json")], body: Array((text + "\n").utf8))
  }
}
