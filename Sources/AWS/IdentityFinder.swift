internal import SystemPackage

/// Finds out who this router is: from the instance metadata, else from an instance id and EC2.
public struct IdentityFinder: Sendable {
  private let metadata: InstanceMetadata
  private let configuredInstanceId: String?
  private let instanceIdPath: String

  /// Names the sources: `configuredInstanceId` and the file are for a host without instance metadata.
  public init(
    metadata: InstanceMetadata, configuredInstanceId: String? = nil,
    instanceIdPath: String = "/run/cloud-init/.instance-id"
  ) {
    self.metadata = metadata
    self.configuredInstanceId = configuredInstanceId
    self.instanceIdPath = instanceIdPath
  }

  /// Finds the identity with the interface that the choice fits; never simply the first.
  ///
  /// Without instance metadata, an interface counts only if its MAC address is one of the kernel's: so a
  /// wrong instance id can't make this router move another's addresses. `ec2` is nil while the Region or
  /// endpoint is not known.
  public func identity(
    _ choice: InterfaceChoice, kernel: [KernelInterface], ec2: EC2Client?
  ) async throws(IdentityError) -> Identity {
    do {
      return try await choice.candidate(among: metadataCandidates()).identity
    } catch let error as InstanceMetadataError {
      guard [.unreachable, .forbidden].contains(error.kind), let instanceId else {
        throw IdentityError(mayPass: true, "\(error); or set instanceId")
      }
      return try await identity(choice, of: instanceId, kernel: kernel, ec2: ec2)
    } catch let error as IdentityError {
      throw error
    } catch {
      throw IdentityError(mayPass: true, "\(error)")
    }
  }

  private func metadataCandidates() async throws(InstanceMetadataError) -> [IdentityCandidate] {
    let document = try await metadata.identityDocument()
    return try await metadata.interfaces().map { interface in
      var identity = Identity(
        instanceId: document.instanceId, networkInterfaceId: interface.networkInterfaceId,
        deviceIndex: interface.deviceIndex, macAddress: interface.macAddress,
        privateIpAddress: interface.localIPv4s.first, subnetId: interface.subnetId,
        subnetCIDR: interface.subnetCIDRs.first, vpcId: interface.vpcId,
        availabilityZone: document.availabilityZone, region: document.region,
        accountId: document.accountId ?? interface.ownerId, isFromMetadata: true)
      identity.instanceType = document.instanceType
      return IdentityCandidate(
        identity: identity, networks: interface.subnetCIDRs.compactMap { IPv4Network($0) })
    }
  }

  private func identity(
    _ choice: InterfaceChoice, of instanceId: String, kernel: [KernelInterface], ec2: EC2Client?
  ) async throws(IdentityError) -> Identity {
    guard let ec2 else {
      throw IdentityError(
        mayPass: false, "no instance metadata, and EC2 can't be asked about \(instanceId): set region")
    }
    do {
      let instance = try await ec2.instance(instanceId)
      return try choice.candidate(among: candidates(instance, kernel, region: ec2.region)).identity
    } catch let error as IdentityError {
      throw error
    } catch {
      throw IdentityError(mayPass: true, "no instance metadata, and \(error)")
    }
  }

  private func candidates(
    _ instance: EC2Instance, _ kernel: [KernelInterface], region: String
  ) throws(IdentityError) -> [IdentityCandidate] {
    let here = instance.networkInterfaces.compactMap { interface in
      kernel.first { $0.macAddress.lowercased() == interface.macAddress }.map { (interface, $0) }
    }
    guard !here.isEmpty else {
      let theirs = instance.networkInterfaces.compactMap(\.macAddress).joined(separator: ", ")
      throw IdentityError(
        mayPass: false,
        "\(instance.instanceId) is not this machine: none of its MAC addresses (\(theirs)) is here; "
          + "correct instanceId")
    }
    return here.map { interface, kernel in
      IdentityCandidate(
        identity: identity(instance, interface, region: region), networks: kernel.networks)
    }
  }

  private func identity(
    _ instance: EC2Instance, _ interface: EC2NetworkInterface, region: String
  ) -> Identity {
    Identity(
      instanceId: instance.instanceId, networkInterfaceId: interface.networkInterfaceId,
      deviceIndex: interface.deviceIndex, macAddress: interface.macAddress,
      privateIpAddress: interface.privateIpAddress, subnetId: interface.subnetId, vpcId: interface.vpcId,
      availabilityZone: instance.availabilityZone, region: region, accountId: instance.accountId)
  }

  // The configured id, else cloud-init's; what doesn't look like one is none.
  private var instanceId: String? {
    if let configuredInstanceId { return configuredInstanceId }
    guard let file = try? FileDescriptor.open(FilePath(instanceIdPath), .readOnly) else { return nil }
    defer { try? file.close() }
    var bytes = [UInt8](repeating: 0, count: 64)
    guard let count = try? unsafe bytes.withUnsafeMutableBytes({ unsafe try file.read(into: $0) })
    else { return nil }
    let text = Substring(String(decoding: bytes.prefix(count), as: UTF8.self)).trimmingBlanks()
    let digits = text.dropFirst(2)
    let isId = text.hasPrefix("i-") && (8...17).contains(digits.count) && digits.allSatisfy(\.isHexDigit)
    return isId ? String(text) : nil
  }
}
