import AWS

@testable import vipad

/// A configuration file.
func checkConfiguration(_ input: [UInt8]) throws(Broken) {
  do throws(ConfigurationError) {
    try check(try Configuration(file: "/vipad.toml", bytes: input))
  } catch {
    try demand(!error.findings.isEmpty, "refused without a finding")
    let lines = input.count { $0 == UInt8(ascii: "\n") } + 1
    for finding in error.findings {
      try demandOneLine(finding.description, "a finding")
      try demand((1...lines).contains(finding.line ?? 1), "line \(finding.line ?? 0) of \(lines)")
      try demand(finding.file != broken, finding.reason)
    }
  }
}

private let broken = "broken"

/// What the rest of vipad takes for granted.
private func check(_ configuration: Configuration) throws(ConfigurationError) {
  do throws(Broken) {
    try checkGroups(configuration.groups)
    let paths = [
      configuration.server.socket, configuration.server.tokenFile, configuration.audit.path,
      configuration.state.directory, configuration.aws.caBundle ?? "/",
    ]
    try demand(paths.allSatisfy { $0.hasPrefix("/") }, "a path that is not absolute: \(paths)")
    try demandOneLine(paths, "a path")
    try demandOneLine(
      [configuration.aws.profile, configuration.aws.ec2Endpoint, configuration.aws.region], "a word")
    try demand(configuration.server.socket.utf8.count <= 107, "a socket's path that is too long")
    try demand(
      configuration.aws.connectTimeoutSeconds <= configuration.aws.requestTimeoutSeconds, "time-outs")
    try demand((0.1...3600).contains(configuration.vrrp.guardSeconds), "guardSeconds")
  } catch {
    throw ConfigurationError(file: broken, reason: error.description)
  }
}

private func checkGroups(_ groups: [GroupOptions]) throws(Broken) {
  try demand(!groups.isEmpty, "no group")
  try demand(Set(groups.map(\.name)).count == groups.count, "two groups of one name")
  let vips = groups.flatMap(\.vips)
  try demand(Set(vips).count == vips.count, "a VIP of two groups")
  try demand(vips.allSatisfy { IPv4Address($0)?.description == $0 }, "a VIP that is no address: \(vips)")
  for group in groups {
    try demand(!group.vips.isEmpty, "a group without VIPs")
    try demandOneLine([group.name, group.vrrpInterface] + group.vrrpNames, "a name")
  }
}
