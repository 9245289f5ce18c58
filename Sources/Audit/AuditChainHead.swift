/// Where a chain was seen to end: this router's or its peer's.
public struct AuditChainHead: Sendable, Equatable, Hashable, Codable {
  /// The chain's id.
  public var chainId: String
  /// The number of its last record.
  public var seq: UInt64
  /// That record's hash: 64 lower-case hexadecimal digits.
  public var hash: String

  /// Names the end of a chain.
  public init(chainId: String, seq: UInt64, hash: String) {
    self.chainId = chainId
    self.seq = seq
    self.hash = hash
  }
}
