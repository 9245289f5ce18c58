internal import HTTPServer

/// An EC2 and an IMDSv2 for each router, on sockets, with a control listener for tests.
public final class Simulator: Sendable {
  /// Where everything answers.
  public let endpoints: SimulatorEndpoints
  private let simulation: Simulation
  private let listeners: [HTTPListener]

  /// Starts all listeners.
  ///
  /// - Throws: `SimulatorError` when the topology contradicts itself or an address can't be listened on.
  public init(_ settings: SimulatorSettings) throws(SimulatorError) {
    let simulation = try Simulation(settings.topology)
    try settings.checkEndpoints()
    let ec2 = try listener(settings.ec2, tls: settings.tls, simulation) { simulation.answerEC2($0) }
    let loopback = SimulatorSettings.Endpoint(address: "127.0.0.1", port: settings.controlPort)
    let control = try listener(loopback, tls: nil, simulation) { simulation.answerControl($0) }
    var metadata: [String: (SimulatorSettings.Endpoint, HTTPListener)] = [:]
    for router in settings.topology.routers.map(\.name) {
      let endpoint = settings.metadata[router] ?? SimulatorSettings.Endpoint(address: "127.0.0.1")
      let service = try listener(endpoint, tls: nil, simulation) {
        simulation.answerMetadata($0, router: router)
      }
      metadata[router] = (endpoint, service)
    }
    self.simulation = simulation
    listeners = [ec2, control] + metadata.values.map(\.1)
    endpoints = SimulatorEndpoints(
      ec2: url(settings.ec2, ec2, scheme: settings.tls == nil ? "http" : "https"),
      control: url(loopback, control, scheme: "http"),
      imds: metadata.mapValues { url($0.0, $0.1, scheme: "http") })
  }

  /// Ends delays and waits, then all listeners.
  public func stop() {
    simulation.bell.stop()
    for listener in listeners { listener.stop() }
  }
}

/// Where a simulator answers; its JSON is the line that ec2sim prints when it is ready.
public struct SimulatorEndpoints: Encodable, Sendable, Equatable {
  /// The URL of EC2.
  public let ec2: String
  /// The URL of the control listener.
  public let control: String
  /// The URL of each router's metadata service, by the router's name.
  public let imds: [String: String]

  /// One line of JSON, without newline.
  public var json: String { jsonText(self) }
}

private func url(_ endpoint: SimulatorSettings.Endpoint, _ listener: HTTPListener, scheme: String) -> String {
  "\(scheme)://\(endpoint.address):\(listener.port)"
}

private func listener(
  _ endpoint: SimulatorSettings.Endpoint, tls: ListenerSettings.TLS?, _ simulation: Simulation,
  handler: @escaping @Sendable (HTTPRequest) -> HTTPResponse
) throws(SimulatorError) -> HTTPListener {
  // Clients keep connections for long and tests hold requests for minutes; a topology is some kilobytes.
  let settings = ListenerSettings(
    endpoint: .tcp(address: endpoint.address, port: endpoint.port), connectionLimit: 4_000,
    connectionMemoryBytes: 32_768, maximumHeaderBytes: 16_384, maximumBodyBytes: 262_144,
    idleDeadlineSeconds: 3_600, tls: tls)
  do throws(HTTPServerError) {
    return try HTTPListener(settings, onStop: { simulation.bell.stop() }, handler: handler)
  } catch {
    throw .listener(error.description)
  }
}

extension SimulatorSettings {
  /// Refuses to listen on all addresses at once, and names of routers that are not there.
  fileprivate func checkEndpoints() throws(SimulatorError) {
    for endpoint in [ec2] + metadata.values {
      guard let number = ipv4Number(endpoint.address), number != 0 else {
        throw .listener("\(endpoint.address) is no single IPv4 address; ec2sim never listens on all of them")
      }
    }
    if let name = Set(metadata.keys).subtracting(topology.routers.map(\.name)).min() {
      throw .listener("there is no router \(name) in the topology")
    }
  }
}
