internal import FoundationEssentials
internal import SigV4

extension InstanceMetadata {
  // No instance type has over 64 interfaces; each costs up to seven questions.
  private static let mostInterfaces = 256

  /// Reads who the instance is.
  public func identityDocument() async throws(InstanceMetadataError) -> InstanceIdentityDocument {
    let path = "/latest/dynamic/instance-identity/document"
    let said = try await json(InstanceIdentityDocument.self, path)
    try checkId(said.instanceId, path)
    return InstanceIdentityDocument(
      instanceId: said.instanceId, region: said.region.map(printable),
      availabilityZone: said.availabilityZone.map(printable),
      accountId: said.accountId.map(printable), instanceType: said.instanceType.map(printable))
  }

  /// Reads the instance's Region.
  public func region() async throws(InstanceMetadataError) -> String {
    let path = "/latest/meta-data/placement/region"
    return try await word(path)
  }

  /// Reads all interfaces; their order means nothing.
  public func interfaces() async throws(InstanceMetadataError) -> [InstanceMetadataInterface] {
    var interfaces: [InstanceMetadataInterface] = []
    let listed = try await lines(macs)
    guard listed.count <= Self.mostInterfaces else {
      throw InstanceMetadataError(
        .unreadable, path: macs, what: "lists \(listed.count) interfaces; is this the metadata service?")
    }
    for line in listed {
      let macAddress = line.hasSuffix("/") ? String(line.dropLast()) : line
      if let found = try await interface(macAddress) { interfaces.append(found) }
    }
    return interfaces
  }

  /// Reads the private IPv4 addresses the instance has on an interface: what confirms a claim.
  public func localIPv4s(macAddress: String) async throws(InstanceMetadataError) -> [String] {
    try await lines("\(macs)\(macAddress.lowercased())/local-ipv4s")
  }

  /// Reads the name of the instance's role; nil when it has none.
  public func roleName() async throws(InstanceMetadataError) -> String? {
    do {
      return try await lines(roles).first
    } catch {
      guard error.kind == .notFound else { throw error }
      return nil
    }
  }

  /// Reads the role's credentials; an answer whose `Code` is not Success is an error, whatever its status.
  public func roleCredentials() async throws(InstanceMetadataError) -> RoleCredentials {
    guard let roleName = try await roleName() else {
      throw InstanceMetadataError(
        .notFound, path: roles, what: "the instance has no role; attach an instance profile")
    }
    let path = roles + roleName
    let answer = try await json(RoleAnswer.self, path)
    guard answer.Code == "Success", let credentials = answer.credentials, credentials.fitInHeaders,
      let expiration = answer.Expiration.flatMap({ try? Date($0, strategy: .iso8601) })
    else {
      let said = [answer.Code, answer.Message].compactMap { $0.map(printable) }.joined(separator: ": ")
      throw InstanceMetadataError(
        .unreadable, path: path, what: "no credentials (\(said)); check the role's trust and profile")
    }
    return RoleCredentials(roleName: roleName, credentials: credentials, expiration: expiration)
  }

  private var macs: String { "/latest/meta-data/network/interfaces/macs/" }

  private var roles: String { "/latest/meta-data/iam/security-credentials/" }

  // nil while the interface is being attached or detached: its items come and go one by one.
  private func interface(
    _ macAddress: String
  ) async throws(InstanceMetadataError) -> InstanceMetadataInterface? {
    let path = "\(macs)\(macAddress)/"
    guard let networkInterfaceId = try await optional(path + "interface-id") else { return nil }
    try checkId(networkInterfaceId, path + "interface-id")
    return InstanceMetadataInterface(
      macAddress: macAddress.lowercased(), networkInterfaceId: networkInterfaceId,
      deviceIndex: try await optional(path + "device-number").flatMap { Int($0) },
      subnetId: try await optional(path + "subnet-id"),
      subnetCIDRs: try await optionalLines(path + "subnet-ipv4-cidr-block"),
      vpcId: try await optional(path + "vpc-id"),
      localIPv4s: try await optionalLines(path + "local-ipv4s"),
      ownerId: try await optional(path + "owner-id"))
  }

  // This router claims for what these name: what no id looks like is a mistake, never an identity.
  private func checkId(_ id: String, _ path: String) throws(InstanceMetadataError) {
    let isId = id.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
    guard isId, (1...64).contains(id.utf8.count) else {
      throw InstanceMetadataError(
        .unreadable, path: path, what: "not an id; is this the metadata service?")
    }
  }

  private func optional(_ path: String) async throws(InstanceMetadataError) -> String? {
    try await optionalLines(path).first
  }

  private func optionalLines(_ path: String) async throws(InstanceMetadataError) -> [String] {
    do {
      return try await lines(path)
    } catch {
      guard error.kind == .notFound else { throw error }
      return []
    }
  }

  private func word(_ path: String) async throws(InstanceMetadataError) -> String {
    guard let word = try await lines(path).first else {
      throw InstanceMetadataError(.unreadable, path: path, what: "empty")
    }
    return word
  }

  private func lines(_ path: String) async throws(InstanceMetadataError) -> [String] {
    try await item(path).split(whereSeparator: \.isNewline).map { printable(String($0)) }
  }

  private func json<Value: Decodable>(
    _ type: Value.Type, _ path: String
  ) async throws(InstanceMetadataError) -> Value {
    let text = try await item(path)
    do {
      return try JSONDecoder().decode(type, from: Data(text.utf8))
    } catch {
      throw InstanceMetadataError(.unreadable, path: path, what: "not the JSON that was expected")
    }
  }
}

// What the instance metadata, or a container's service, says of a role. The names are the services' own.
struct RoleAnswer: Decodable {
  var Code: String?
  var Message: String?
  var AccessKeyId: String?
  var SecretAccessKey: String?
  var Token: String?
  var Expiration: String?

  var credentials: Credentials? {
    guard let AccessKeyId, let SecretAccessKey,
      [AccessKeyId, SecretAccessKey, Token ?? ""].allSatisfy(isHeaderSafe)
    else { return nil }
    return Credentials(accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token)
  }
}

// All three end up in a request's header: real ones are visible ASCII, the longest, the token, 1 to 2 kB.
private func isHeaderSafe(_ text: String) -> Bool {
  text.utf8.count <= 16_384 && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
}
