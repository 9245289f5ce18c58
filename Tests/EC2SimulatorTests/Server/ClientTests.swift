import FoundationEssentials
import Testing

@testable import EC2Simulator

/// boto3, botocore and the aws command line against a simulator on sockets; clients.py has the behaviours.
///
/// They need Python with boto3 (`pip install boto3 awscli`); without it they are skipped.
@Suite(.enabled(if: Command.succeeds("\(Command.python) -c 'import boto3'"), "python3 has no boto3"))
struct ClientTests {
  @Test(arguments: [
    "boto3_reads_and_moves", "wrong_keys_are_refused", "a_clock_six_minutes_off_is_refused",
    "botocore_fetches_role_credentials", "boto3_finds_everything_by_its_environment",
    "faults_show_on_the_wire", "metadata_can_fail", "events_can_be_waited_for",
    "connections_and_pings_are_counted", "control_refuses_nonsense",
    "reset_starts_anew_without_disturbing_clients", "concurrent_moves_keep_one_holder",
  ])
  func overHTTP(behaviour: String) async throws {
    let simulator = try Simulator(SimulatorSettings())
    let result = await run(behaviour, simulator.endpoints)
    simulator.stop()
    #expect(result.status == 0, "\(result.output)")
  }

  @Test(
    .enabled(if: Command.succeeds("command -v openssl"), "openssl is not installed"),
    arguments: ["boto3_reads_and_moves", "the_aws_command_line_works_unchanged"])
  func overTLS(behaviour: String) async throws {
    let certificate = try await Certificate.forLoopback()
    defer { certificate.remove() }
    var settings = SimulatorSettings()
    settings.useTLS(certificatePEM: certificate.certificatePEM, keyPEM: certificate.keyPEM)
    let simulator = try Simulator(settings)
    #expect(simulator.endpoints.ec2.hasPrefix("https://"))
    let result = await run(behaviour, simulator.endpoints, ["AWS_CA_BUNDLE": certificate.path])
    simulator.stop()
    #expect(result.status == 0, "\(result.output)")
  }

  private func run(
    _ behaviour: String, _ endpoints: SimulatorEndpoints, _ environment: [String: String] = [:]
  ) async -> Command {
    let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "clients.py").path()
    let own = [
      "AWS_EC2_METADATA_DISABLED": "false", "AWS_CONFIG_FILE": "/nonexistent", "NO_PROXY": "127.0.0.1",
      "TOPOLOGY": Topology.example.json,
    ]
    return await Command.run(
      [Command.python, "-B", script, behaviour, endpoints.json],
      environment: own.merging(environment) { _, given in given })
  }
}

/// A certificate for 127.0.0.1, made by openssl for one test.
struct Certificate {
  let path: String
  let certificatePEM: String
  let keyPEM: String

  static func forLoopback() async throws -> Certificate {
    let base = "/tmp/ec2sim-test-\(UUID().uuidString)"
    let made = await Command.run([
      "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
      "2",
      "-subj", "/CN=ec2sim", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", base + ".key", "-out",
      base + ".pem",
    ])
    try #require(made.status == 0, "\(made.output)")
    let key = try String(contentsOf: URL(filePath: base + ".key"), encoding: .utf8)
    let certificate = try String(contentsOf: URL(filePath: base + ".pem"), encoding: .utf8)
    return Certificate(path: base + ".pem", certificatePEM: certificate, keyPEM: key)
  }

  func remove() {
    try? FileManager.default.removeItem(atPath: path)
    try? FileManager.default.removeItem(atPath: String(path.dropLast(4)) + ".key")
  }
}
