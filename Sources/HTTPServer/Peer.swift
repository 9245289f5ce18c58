/// Who is at the other end of a connection.
public enum Peer: Sendable, Equatable {
  /// The process that connected to the Unix socket, as the kernel recorded it at connect(2): its effective ids, and
  /// its supplementary groups.
  /// Source: SO_PEERCRED, unix(7); SO_PEERGROUPS, linux/net/core/sock.c.
  case unix(processId: Int32, userId: UInt32, groupId: UInt32, otherGroupIds: [UInt32] = [])
  /// The numeric address of a TCP client, without its port.
  case tcp(address: String)
}

/// What a TLS client showed for itself.
public enum ClientCertificate: Sendable, Equatable {
  /// None was asked for.
  case notAsked
  /// None was shown.
  case missing
  /// One with a chain to the listener's client CAs, valid now, and not for servers only.
  case trusted
  /// One that does not count, and why.
  case refused(reason: String)
}
