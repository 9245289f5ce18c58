// A part of AWS with names of its own.
struct EndpointPartition: Sendable {
  let regionPrefix: String
  let suffix: String
  let dualStackSuffix: String

  // A Region that is not known belongs to the commercial partition: so botocore decides, too.
  init(ofRegion region: String) {
    self = allPartitions.first { region.hasPrefix($0.regionPrefix) } ?? commercialPartition
  }

  static var suffixes: [String] {
    (allPartitions + [commercialPartition]).flatMap { [$0.suffix, $0.dualStackSuffix] }
  }

  fileprivate init(_ regionPrefix: String, _ suffix: String, _ dualStackSuffix: String) {
    self.regionPrefix = regionPrefix
    self.suffix = suffix
    self.dualStackSuffix = dualStackSuffix
  }
}

// Source: botocore's partitions.json; each one offers FIPS and dual stack.
private let commercialPartition = EndpointPartition("", "amazonaws.com", "api.aws")
private let allPartitions = [
  EndpointPartition("us-gov-", "amazonaws.com", "api.aws"),
  EndpointPartition("cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn"),
  EndpointPartition("eusc-", "amazonaws.eu", "api.amazonwebservices.eu"),
  EndpointPartition("us-iso-", "c2s.ic.gov", "api.aws.ic.gov"),
  EndpointPartition("us-isob-", "sc2s.sgov.gov", "api.aws.scloud"),
  EndpointPartition("eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
  EndpointPartition("us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov"),
]
