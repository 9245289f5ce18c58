import FoundationEssentials
import SigV4
import Testing

@testable import AWS

/// moto with its IAM mode on, as `moto_peer.py` seeds it.
struct MotoPeer: Decodable, Sendable {
  struct Interface: Decodable, Sendable {
    var id: String
    var mac: String
    var ip: String
  }

  struct User: Decodable, Sendable {
    var accessKeyId: String
    var secretAccessKey: String
  }

  var port: Int
  var vpcId: String
  var instanceId: String
  var first: Interface
  var second: Interface
  var full: User
  var older: User
  var reader: User

  static let shared = Task { try await PeerProcess.start("moto_peer.py", as: MotoPeer.self) }

  func client(_ user: User) throws -> EC2Client {
    try EC2Client.test("http://127.0.0.1:\(port)", user.accessKeyId, user.secretAccessKey)
  }
}

extension EC2Client {
  /// A client for a test's endpoint, with transports of its own.
  static func test(
    _ url: String, _ accessKeyId: String = "AKIDEXAMPLE", _ secretAccessKey: String = "secret",
    settings: CurlSettings = CurlSettings(), clockSkew: ClockSkew = ClockSkew()
  ) throws -> EC2Client {
    let environment = ["AWS_ACCESS_KEY_ID": accessKeyId, "AWS_SECRET_ACCESS_KEY": secretAccessKey]
    var aws = AWSSettings(environment: environment, profiles: ProfileFiles())
    aws.configuredEndpoint = url
    return EC2Client(
      endpoint: try aws.endpoint(region: "eu-central-1"), region: "eu-central-1",
      claims: try CurlTransport(settings), reads: try CurlTransport(settings),
      credentials: CredentialProvider(
        CredentialSources(environment: environment, role: nil), clockSkew: clockSkew),
      clockSkew: clockSkew, version: "1.0")
  }
}
