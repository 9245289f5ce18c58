internal import HTTPServer

/// What a simulator simulates, and where it listens.
public struct SimulatorSettings: Sendable {
  /// A numeric address and a port; port 0 takes any free one.
  public struct Endpoint: Sendable, Equatable {
    /// The numeric address.
    public var address: String
    /// The port.
    public var port: UInt16

    /// An endpoint at the address.
    public init(address: String, port: UInt16 = 0) {
      self.address = address
      self.port = port
    }
  }

  /// The simulated part of AWS.
  public var topology: Topology
  /// Where EC2 answers.
  public var ec2: Endpoint
  /// Where tests set faults and read what happened; never anything but loopback.
  public var controlPort: UInt16
  /// Where each router's metadata service answers, by the router's name; any port on loopback by default.
  public var metadata: [String: Endpoint]
  /// EC2's certificate and key; nil for plain http.
  private(set) var tls: ListenerSettings.TLS?

  /// Settings for a topology, with any free ports on loopback.
  public init(
    topology: Topology = .example, ec2: Endpoint = Endpoint(address: "127.0.0.1"), controlPort: UInt16 = 0,
    metadata: [String: Endpoint] = [:]
  ) {
    self.topology = topology
    self.ec2 = ec2
    self.controlPort = controlPort
    self.metadata = metadata
  }

  /// Makes EC2 speak TLS with a certificate and its key, both PEM.
  public mutating func useTLS(certificatePEM: String, keyPEM: String) {
    tls = ListenerSettings.TLS(certificatePEM: certificatePEM, keyPEM: keyPEM)
  }
}
