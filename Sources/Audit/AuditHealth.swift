/// Whether the log takes records, and where its chain ends.
public struct AuditHealth: Sendable, Equatable {
  /// Whether everything handed over is being written.
  public var ok: Bool
  /// Why not, in one line with what to do.
  public var reason: String?
  /// The number of the last record written; 0 before the first.
  public var seq: UInt64
  /// The hash of that record: 64 hexadecimal digits, zeros before the first.
  public var headHash: String
  /// The chain's id; empty until the log is open.
  public var chainId: String
  /// Where the peer's chain was last noted to end; nil where that never was.
  public var peerHead: AuditChainHead?
  /// The number of the record that notes it.
  public var peerHeadSeq: UInt64?
  /// Where each record's second copy goes: a socket of journald or syslog; nil where there is none.
  public var copiesTo: String?
  /// Copies that socket did not take since the start, because it was full or gone.
  public var copiesDropped: UInt64
  /// Records waiting in memory.
  public var pending: Int
  /// Records given up since the start because too many waited; a `gap` record tells of them.
  public var lost: UInt64
}
