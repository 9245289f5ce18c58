import ArgumentParser
import EC2Simulator
import FoundationEssentials
import Glibc

/// An EC2 and an IMDSv2 for several routers on loopback.
@main
struct EC2Sim: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ec2sim",
    abstract: "Simulates EC2 and IMDSv2 for vipad's tests and demo.",
    discussion: """
      Prints one line of JSON when everything listens: {"control":URL,"ec2":URL,"imds":{ROUTER:URL}}. \
      Point clients there with AWS_ENDPOINT_URL_EC2 and AWS_EC2_METADATA_SERVICE_ENDPOINT. \
      curl CONTROL/state shows who holds each address, CONTROL/calls every request, CONTROL/moves every move; \
      POST CONTROL/faults makes requests fail. docs/simulator.md describes it all. SIGTERM and SIGINT end it.
      """)

  @Option(help: "The topology, a JSON file; without it the one that --example prints.")
  var topology: String?

  @Flag(help: "Print an example topology with two routers, and end.")
  var example = false

  @Option(help: "The address EC2 listens on; anything but loopback belongs into a network namespace.")
  var listen = "127.0.0.1"

  @Option(help: "EC2's port; 0 takes any.")
  var ec2Port: UInt16 = 0

  @Option(help: "The control listener's port on 127.0.0.1; 0 takes any.")
  var controlPort: UInt16 = 0

  @Option(
    help: "Where a router's IMDS listens, as ROUTER=ADDRESS:PORT; default: any port on 127.0.0.1. Repeatable."
  )
  var imds: [String] = []

  @Option(help: "EC2's certificate (PEM): EC2 speaks TLS then.")
  var tlsCertificate: String?

  @Option(help: "The certificate's key (PEM).")
  var tlsKey: String?

  @Option(help: "Also write the line to this file, whole or not at all.")
  var readyFile: String?

  func validate() throws {
    if (tlsCertificate == nil) != (tlsKey == nil) {
      throw ValidationError("--tls-certificate and --tls-key go together")
    }
  }

  func run() throws {
    if example { return print(Topology.example.json) }
    let signals = blockSignals()
    let simulator = try Simulator(try settings())
    let line = simulator.endpoints.json + "\n"
    if let readyFile {
      try Data(line.utf8).write(to: URL(filePath: readyFile), options: .atomic)
    }
    writeOut(line)
    wait(for: signals)
    simulator.stop()
  }

  private func settings() throws -> SimulatorSettings {
    var settings = SimulatorSettings(ec2: .init(address: listen, port: ec2Port), controlPort: controlPort)
    if let topology {
      settings.topology = try Topology(json: Array(try Data(contentsOf: URL(filePath: topology))))
    }
    for text in imds {
      let (router, endpoint) = try metadataEndpoint(text)
      settings.metadata[router] = endpoint
    }
    if let tlsCertificate, let tlsKey {
      settings.useTLS(certificatePEM: try text(of: tlsCertificate), keyPEM: try text(of: tlsKey))
    }
    return settings
  }

  private func metadataEndpoint(_ text: String) throws -> (String, SimulatorSettings.Endpoint) {
    let halves = text.split(separator: "=", maxSplits: 1)
    let parts = halves.last?.split(separator: ":") ?? []
    guard halves.count == 2, parts.count == 2, let port = UInt16(parts[1]) else {
      throw ValidationError("--imds \(text) is not ROUTER=ADDRESS:PORT")
    }
    return (String(halves[0]), .init(address: String(parts[0]), port: port))
  }

  private func text(of path: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
  }
}
