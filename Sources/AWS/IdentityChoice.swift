/// An interface that may take the VIPs, as the instance metadata or EC2 shows it.
struct IdentityCandidate: Sendable, Equatable {
  var identity: Identity
  /// The networks its subnet is known by.
  var networks: [IPv4Network]

  fileprivate var words: String {
    let networks = networks.map(\.description).joined(separator: " ")
    return [identity.networkInterfaceId, identity.macAddress, networks.isEmpty ? nil : networks]
      .compactMap { $0 }.joined(separator: " ")
  }
}

extension InterfaceChoice {
  /// The one candidate that fits; none or several are errors that name what was found.
  func candidate(among candidates: [IdentityCandidate]) throws(IdentityError) -> IdentityCandidate {
    let fitting = candidates.filter(fits)
    guard let first = fitting.first else {
      let found = candidates.isEmpty ? "none" : candidates.map(\.words).joined(separator: ", ")
      throw IdentityError(mayPass: true, "no interface \(words); found: \(found); \(remedy)")
    }
    guard fitting.count == 1 else {
      let names = fitting.map(\.words).joined(separator: " and ")
      throw IdentityError(
        mayPass: false,
        "\(fitting.count) interfaces \(words): \(names); set networkInterfaceId to one of them")
    }
    return first
  }

  private func fits(_ candidate: IdentityCandidate) -> Bool {
    switch self {
    case .networkInterfaceId(let id): candidate.identity.networkInterfaceId == id
    case .macAddress(let address): candidate.identity.macAddress == address.lowercased()
    case .subnet(let vips):
      !vips.isEmpty
        && candidate.networks.contains { network in
          vips.allSatisfy { IPv4Address($0).map(network.contains) ?? false }
        }
    }
  }

  private var words: String {
    switch self {
    case .networkInterfaceId(let id): "has the id \(id)"
    case .macAddress(let address): "has the MAC address \(address)"
    case .subnet(let vips): "has a subnet with \(vips.joined(separator: ", "))"
    }
  }

  private var remedy: String {
    switch self {
    case .networkInterfaceId: "correct networkInterfaceId"
    case .macAddress: "correct interface"
    case .subnet: "correct the VIPs, or set networkInterfaceId"
    }
  }
}
