import AWS
import Testing

@Suite struct EndpointBotocoreTests {
  private struct Resolved: Decodable {
    let region: String
    let fips: Bool
    let dualStack: Bool
    let url: String
  }

  // Needs Python with botocore (pip): every Region of every partition, with and without FIPS and dual stack.
  @Test(.enabled(if: ProfileBotocore.isPresent, "python3 can't import botocore"))
  func agreesWithBotocoreOnEveryRegion() throws {
    let expected: [Resolved] = try ProfileBotocore.ask("endpoints", [String]())
    #expect(expected.count >= 160)
    for resolved in expected {
      let settings = AWSSettings(environment: [
        "AWS_USE_FIPS_ENDPOINT": "\(resolved.fips)", "AWS_USE_DUALSTACK_ENDPOINT": "\(resolved.dualStack)",
      ])
      let endpoint = try settings.endpoint(region: resolved.region)
      #expect(endpoint.url == resolved.url)
      let again = AWSSettings(environment: [:], configuredEndpoint: resolved.url)
      #expect(try again.endpoint(region: nil).signingRegion == resolved.region, "read from the name")
    }
  }
}
