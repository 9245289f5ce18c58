/// Who is at the other end of a connection.
public enum Peer: Sendable, Equatable {
  /// The process that connected to the Unix socket, as the kernel recorded it at connect(2).
  /// Source: SO_PEERCRED, unix(7).
  case unix(processId: Int32, userId: UInt32, groupId: UInt32)
  /// The numeric address of a TCP client, without its port.
  case tcp(address: String)
}
