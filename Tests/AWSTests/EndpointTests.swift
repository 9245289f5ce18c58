import AWS
import Testing

@Suite struct EndpointTests {
  private func endpoint(
    _ configured: String? = nil, region: String? = "eu-central-1", _ environment: [String: String] = [:]
  ) throws(EndpointError) -> Endpoint {
    try AWSSettings(environment: environment, configuredEndpoint: configured).endpoint(region: region)
  }

  @Test func isTheRegionsOwn() throws {
    let found = try endpoint()
    #expect(found.url == "https://ec2.eu-central-1.amazonaws.com")
    #expect(found.authority == "ec2.eu-central-1.amazonaws.com")
    #expect(found.signingRegion == "eu-central-1")
  }

  @Test(arguments: [
    ("https://vpce-0123456789abcdef0-abcdefgh.ec2.eu-west-1.vpce.amazonaws.com", "eu-west-1"),
    ("https://vpce-0a-b-eu-west-1a.ec2.eu-west-1.vpce.amazonaws.com", "eu-west-1"),
    ("https://vpce-0a-b.ec2.cn-north-1.vpce.amazonaws.com.cn", "cn-north-1"),
    ("https://vpce-0a-b.ec2.us-isob-east-1.vpce.sc2s.sgov.gov", "us-isob-east-1"),
    ("https://ec2.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
    ("https://ec2-fips.ca-central-1.amazonaws.com", "ca-central-1"),
    ("https://EC2.eu-west-1.API.aws", "eu-west-1"),
    ("https://ec2.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"),
    ("https://ec2.internal.example", "eu-central-1"), ("https://127.0.0.1:8443", "eu-central-1"),
    ("https://ec2.amazonaws.com", "eu-central-1"), ("https://amazonaws.com", "eu-central-1"),
  ])
  func signsForTheRegionInTheHostsNameElseTheConfigured(_ url: String, _ region: String) throws {
    #expect(try endpoint(url).signingRegion == region)
    #expect(try endpoint(url).url == url.lowercased())
  }

  @Test func leavesTheRegionToIMDSWhereNothingTellsIt() throws {
    #expect(try endpoint("https://ec2.internal.example", region: nil).signingRegion == nil)
  }

  @Test(arguments: [
    "http://127.0.0.1:9000", "http://127.8.9.10", "http://localhost:80", "http://[::1]:9000",
    "HTTP://localhost",
  ])
  func allowsPlainHTTPToLoopback(_ url: String) throws {
    #expect(try endpoint(url).url.hasPrefix("http://"))
  }

  @Test(arguments: [
    "http://ec2.eu-central-1.amazonaws.com", "http://10.0.0.1", "http://169.254.169.254",
    "http://localhost.example",
    "http://127.0.0.1.example", "http://127.1", "http://[::2]", "http://0.0.0.0", "http://2130706433",
  ])
  func refusesPlainHTTPToAnyOther(_ url: String) {
    #expect(throws: EndpointError.plainHTTP(url)) { try endpoint(url) }
    #expect("\(EndpointError.plainHTTP(url))".contains("https://"))
  }

  @Test(arguments: [
    "", "ec2.eu-central-1.amazonaws.com", "ftp://localhost", "https://", "https:///", "https://a/path",
    "https://a?query", "https://a#fragment", "https://user:password@a", "https://a:0", "https://a:65536",
    "https://a:+1", "https://a:", "https://a b", "https://a:8443/x", "https://[::1", "https://[]",
    "https://[::1]x",
    "https://a\r\nx: y", "https://\u{e4}", "//a", "https://a//",
  ])
  func refusesWhatIsNoPlainURL(_ url: String) {
    #expect(throws: EndpointError.self) { try endpoint(url) }
  }

  @Test(arguments: [
    ("https://a:443", "https://a", "a"), ("https://a:8443/", "https://a:8443", "a:8443"),
    ("http://localhost:80/", "http://localhost", "localhost"),
    ("https://[::1]:8443", "https://[::1]:8443", "[::1]:8443"),
    ("https://A.Example", "https://a.example", "a.example"),
  ])
  func writesTheHostHeaderWithoutTheSchemesPort(_ given: String, _ url: String, _ authority: String) throws {
    let found = try endpoint(given)
    #expect(found.url == url)
    #expect(found.authority == authority)
  }

  @Test func saysWhichSwitchContradictsAnEndpoint() {
    let error = #expect(throws: EndpointError.self) {
      try endpoint("https://example.com", ["AWS_USE_FIPS_ENDPOINT": "true"])
    }
    #expect(error?.description.contains("AWS_USE_FIPS_ENDPOINT") == true)
  }

  @Test func aSwitchIsOnOnlyWithTrue() throws {
    for value in ["false", "1", "yes", ""] {
      #expect(
        try endpoint(nil, ["AWS_USE_FIPS_ENDPOINT": value]).url == "https://ec2.eu-central-1.amazonaws.com")
    }
    #expect(
      try endpoint(nil, ["AWS_USE_FIPS_ENDPOINT": "True"]).url
        == "https://ec2-fips.eu-central-1.amazonaws.com")
  }

  @Test(arguments: ["", "eu central 1", "eu-central-1.evil.example", "eu/central", "-a", "a-", "\u{e4}"])
  func refusesARegionThatCantBePartOfAName(_ region: String) {
    #expect(throws: EndpointError.invalidRegion(region)) { try endpoint(region: region) }
  }

  @Test func saysWhatToDoWithoutARegion() {
    #expect(throws: EndpointError.missingRegion) { try endpoint(region: nil) }
    #expect("\(EndpointError.missingRegion)".contains("AWS_REGION"))
  }
}
