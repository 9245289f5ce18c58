/// Who holds a VIP.
public struct Holder: Sendable, Hashable {
  /// The interface that has the address.
  public var networkInterfaceId: String
  /// The instance it is attached to, if that was told.
  public var instanceId: String?

  /// A holder of a VIP.
  public init(networkInterfaceId: String, instanceId: String? = nil) {
    self.networkInterfaceId = networkInterfaceId
    self.instanceId = instanceId
  }
}

/// What is known of a VIP's place.
public struct Holding: Sendable, Hashable {
  /// Where the knowledge comes from.
  public enum Source: String, Sendable, Hashable {
    /// EC2 accepted an Assign.
    case assign
    /// A read of EC2.
    case ec2
    /// The instance metadata.
    case imds
  }

  /// Who holds it; nil: nobody.
  public var holder: Holder?
  /// It is here, and the instance metadata (or, without one, a read of EC2) says so; only while it is guarded.
  public var isConfirmed: Bool
  /// Since when this is what was observed.
  public var observedAt: Uptime
  /// Where the knowledge comes from.
  public var source: Source
}
