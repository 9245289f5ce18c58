import FoundationEssentials
import HTTPServer
import SigV4

@testable import EC2Simulator

/// The example topology at an instant that the test moves on, called as a client calls it: by signed forms.
struct Scenario {
  var state: SimulatorState
  var now = Moment(wall: Date(timeIntervalSince1970: 1_800_000_000), uptimeNanoseconds: 5_000_000_000_000)
  var credentials = operatorKey

  static let operatorKey = Credentials(
    accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "simulated-secret-of-the-operator")
  static let olderPolicyKey = Credentials(
    accessKeyId: "AKIAI44QH8DHBEXAMPLE", secretAccessKey: "simulated-secret-of-the-older-policy")
  static let interfaceA = "eni-0123456789abcdefa"
  static let interfaceB = "eni-0123456789abcdefb"

  init(_ change: (inout Topology) -> Void = { _ in }) throws {
    var topology = Topology.example
    change(&topology)
    state = try SimulatorState(topology, nonce: "TEST")
  }

  /// Signs at the scenario's time, or `signedAt`, and asks.
  mutating func call(
    _ action: String, _ parameters: [(String, String)] = [], region: String = "eu-central-1",
    signedAt: Date? = nil, fault: FaultEffect = FaultEffect()
  ) -> EC2Answer {
    let form = [("Action", action), ("Version", "2016-11-15")] + parameters
    let body = form.map { "\($0.0)=\($0.1)" }.joined(separator: "&")
    var request = SignableRequest(
      method: "POST", headers: [("Host", "127.0.0.1:1")], body: Array(body.utf8))
    let scope = SigningScope(region: region, service: "ec2")
    request.headers += sign(request, with: credentials, scope: scope, at: signedAt ?? now.wall)
    return send(request, fault: fault)
  }

  mutating func send(_ request: SignableRequest, fault: FaultEffect = FaultEffect()) -> EC2Answer {
    let http = HTTPRequest(
      method: request.method, path: request.path, rawQuery: request.query, headers: request.headers,
      body: request.body, peer: .tcp(address: "127.0.0.1"))
    return state.answer(EC2Request(http, requestId: "request-1"), disturbed: fault, at: now)
  }

  mutating func assign(
    _ addresses: [String], to networkInterfaceId: String, allowReassignment: Bool = true
  ) -> EC2Answer {
    let numbered = addresses.enumerated().map { ("PrivateIpAddress.\($0.offset + 1)", $0.element) }
    let flag = allowReassignment ? [("AllowReassignment", "true")] : []
    return call("AssignPrivateIpAddresses", [("NetworkInterfaceId", networkInterfaceId)] + flag + numbered)
  }

  func holder(_ address: String) -> String? {
    state.world.holder(of: address, vpcId: Topology.example.vpcId)?.networkInterfaceId
  }

  mutating func passMilliseconds(_ milliseconds: Int) { now = now.advanced(byMilliseconds: milliseconds) }

  /// A GET at a router's metadata service with a fresh token.
  mutating func metadata(_ path: String, router: String = "router-a") -> MetadataService.Answer {
    let token = metadataToken(router: router)
    return metadata("GET", path, router: router, token: token)
  }

  mutating func metadataToken(router: String = "router-a", seconds: String = "60") -> String {
    metadata("PUT", "/latest/api/token", router: router, ttlSeconds: seconds).body
  }

  mutating func metadata(
    _ method: String, _ path: String, router: String = "router-a", token: String? = nil,
    ttlSeconds: String? = nil, isForwarded: Bool = false
  ) -> MetadataService.Answer {
    let request = MetadataService.Request(
      method: method, path: path, ttlSeconds: ttlSeconds, token: token, isForwarded: isForwarded)
    return state.metadataAnswer(request, router: router, at: now)
  }
}
