@testable import AWS
import FoundationEssentials
import Testing

@Suite struct EndpointVectorTests {
  // Skipped where the vectors are not beside the repository.
  @Test(.enabled(if: EndpointVectors.isPresent(rulesFile), "../shared/vectors/aws is not there"))
  func agreesWithBotocoresEC2Cases() throws {
    let rules = try EndpointVectors.decode(Rules.self, rulesFile)
    #expect(rules.testCases.count == 54)
    for test in rules.testCases {
      let expected = test.expect.endpoint?.url
      #expect(
        (try? test.settings.endpoint(region: test.params?.Region).url) == expected, "\(test.documentation)")
    }
  }

  @Test(.enabled(if: EndpointVectors.isPresent(configuredFile), "../shared/vectors/aws is not there"))
  func agreesWithAWSsCasesOfConfiguredEndpoints() throws {
    let configured = try EndpointVectors.decode(Configured.self, configuredFile)
    let suite = try #require(configured.testSuites.first)
    #expect(suite.endpointUrlTests.count == 39)
    for test in suite.endpointUrlTests {
      let found = try suite.settings(of: test).customEndpoint(ofService: ec2Instead(test.service))
      // Without a configured one it is the Region's own.
      let expected = ec2Instead(test.output.endpointUrl)
      #expect(found == (expected.hasSuffix(".amazonaws.com") ? nil : expected), "\(test.name)")
      if test.service == "s3" {
        #expect(try suite.settings(of: test).endpoint(region: "fake-region-10").url == expected)
      }
    }
  }
}

private let rulesFile = "botocore-ec2-endpoint-tests-1.json"
private let configuredFile = "botocore-configured-endpoint-urls-profile-tests.json"

private struct Rules: Decodable {
  struct Case: Decodable {
    let documentation: String
    let expect: Expectation
    let params: Parameters?

    var settings: AWSSettings {
      let environment = [
        "AWS_USE_FIPS_ENDPOINT": "\(params?.UseFIPS ?? false)",
        "AWS_USE_DUALSTACK_ENDPOINT": "\(params?.UseDualStack ?? false)",
      ]
      return AWSSettings(environment: environment, configuredEndpoint: params?.Endpoint)
    }
  }

  struct Expectation: Decodable {
    struct Endpoint: Decodable { let url: String }
    let endpoint: Endpoint?
  }

  struct Parameters: Decodable {
    let Region: String?
    let UseFIPS: Bool?
    let UseDualStack: Bool?
    let Endpoint: String?
  }

  let testCases: [Case]
}

private struct Configured: Decodable {
  struct Case: Decodable {
    struct Output: Decodable { let endpointUrl: String }
    let name: String
    let profile: String
    let client_config: String
    let environment: String
    let service: String
    let output: Output
  }

  struct ClientConfig: Decodable {
    let endpoint_url: String?
    let ignore_configured_endpoint_urls: Bool?
  }

  struct Suite: Decodable {
    let profiles: [String: [String: String]]
    let services: [String: [String: [String: String]]]
    let client_configs: [String: ClientConfig]
    let environments: [String: [String: String]]
    let endpointUrlTests: [Case]
  }

  let testSuites: [Suite]
}

extension Configured.Suite {
  // The cases were written for s3: read ec2 instead. vipad's own configuration has no switch to ignore
  // configured endpoints; the environment's stands for it.
  fileprivate func settings(of test: Configured.Case) throws -> AWSSettings {
    var environment = (environments[test.environment] ?? [:]).map { (ec2Instead($0.key), $0.value) }
    environment.append(("AWS_PROFILE", test.profile))
    let client = client_configs[test.client_config]
    if client?.ignore_configured_endpoint_urls == true {
      environment.append(("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"))
    }
    return AWSSettings(
      environment: Dictionary(environment.map { ($0.0, ec2Instead($0.1)) }) { $1 },
      profiles: try ProfileFiles(config: configFile, credentials: nil),
      configuredEndpoint: client?.endpoint_url)
  }

  private var configFile: String {
    var lines: [String] = []
    for (name, settings) in profiles {
      lines.append(name == "default" ? "[default]" : "[profile \(name)]")
      lines += settings.map { "\($0.key) = \($0.value)" }
    }
    for (name, service) in services {
      lines.append("[services \(name)]")
      for (service, settings) in service {
        lines.append("\(service) =")
        lines += settings.map { "  \($0.key) = \($0.value)" }
      }
    }
    return ec2Instead(lines.joined(separator: "\n"))
  }
}

private func ec2Instead(_ text: String) -> String {
  text.replacing("s3", with: "ec2").replacing("S3", with: "EC2")
}
