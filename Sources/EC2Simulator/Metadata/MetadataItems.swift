/// Everything below `/latest/` of one router, as a flat table of paths and texts.
struct MetadataItems {
  private let items: [String: String]

  /// Lays out the world as the metadata service sees it at this moment.
  init(instanceId: String, roleName: String?, world: World) {
    var items: [String: String] = [:]
    let interfaces = world.interfaces(of: instanceId)
    if let first = interfaces.first {
      items = Self.ofInstance(instanceId, first: first, world: world)
    }
    for interface in interfaces {
      let folder = "meta-data/network/interfaces/macs/\(interface.macAddress)/"
      for (name, text) in Self.ofInterface(interface, world: world) { items[folder + name] = text }
    }
    if let roleName { items["meta-data/iam/security-credentials/\(roleName)"] = "" }
    self.items = items
  }

  /// The item's text, or a folder's listing: names one below the other, folders with a slash.
  func text(_ path: String) -> String? {
    if let item = items[path] { return item }
    let folder = path.hasSuffix("/") ? path : path + "/"
    let names = items.keys.filter { $0.hasPrefix(folder) }.map { key -> String in
      let rest = key.dropFirst(folder.count)
      let name = rest.prefix { $0 != "/" }
      return name.count < rest.count ? name + "/" : String(name)
    }
    return names.isEmpty ? nil : Set(names).sorted().joined(separator: "\n")
  }

  private static func ofInstance(
    _ instanceId: String, first: World.Interface, world: World
  ) -> [String: String] {
    [
      "dynamic/instance-identity/document": identityDocument(instanceId, first: first, world: world),
      "meta-data/ami-id": "ami-0123456789abcdef0",
      "meta-data/hostname": first.privateDnsName(first.primary),
      "meta-data/instance-id": instanceId,
      "meta-data/instance-type": "c6in.large",
      "meta-data/local-hostname": first.privateDnsName(first.primary),
      "meta-data/local-ipv4": first.primary,
      "meta-data/mac": first.macAddress,
      "meta-data/placement/availability-zone": first.subnet.availabilityZone,
      "meta-data/placement/region": world.region,
      "meta-data/services/domain": "amazonaws.com",
      "meta-data/services/partition": "aws",
    ]
  }

  private static func ofInterface(_ interface: World.Interface, world: World) -> [String: String] {
    [
      "device-number": String(interface.deviceIndex),
      "interface-id": interface.networkInterfaceId,
      "local-hostname": interface.privateDnsName(interface.primary),
      "local-ipv4s": interface.addresses.joined(separator: "\n"),
      "mac": interface.macAddress,
      "owner-id": world.accountId,
      "security-group-ids": interface.securityGroupIds.joined(separator: "\n"),
      "subnet-id": interface.subnet.subnetId,
      "subnet-ipv4-cidr-block": interface.subnet.cidr,
      "vpc-id": interface.subnet.vpcId,
    ]
  }

  private static func identityDocument(
    _ instanceId: String, first: World.Interface, world: World
  ) -> String {
    jsonText([
      "accountId": world.accountId, "architecture": "x86_64",
      "availabilityZone": first.subnet.availabilityZone, "imageId": "ami-0123456789abcdef0",
      "instanceId": instanceId, "instanceType": "c6in.large", "pendingTime": "2026-01-01T00:00:00Z",
      "privateIp": first.primary, "region": world.region, "version": "2017-09-30",
    ])
  }
}
