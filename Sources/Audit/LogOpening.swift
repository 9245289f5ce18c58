import SystemPackage

/// A log as a daemon finds it when it starts: locked, with its torn end put aside and the chain's head found.
struct LogOpening {
  let lock: LogLock
  let chain: Chain
  /// The first record's number in the active file; nil while that is empty.
  let activeFirstSeq: UInt64?
  /// Intents without outcome, oldest first.
  let openIntents: [AuditRecord]
  /// Torn ends that no record tells of yet.
  let unrecordedTornEnds: [String]

  init(_ names: SegmentNames) throws(AuditError) {
    try SafeFiles.prepareDirectory(names.directory)
    lock = try LogLock(names)
    let active = try Self.scan(names.active)
    var earlier = try names.closedSegments()[...]
    var newest = active
    while newest?.scan.head == nil, let path = earlier.popLast() { newest = try Self.scan(path) }
    activeFirstSeq = active?.scan.firstSeq
    openIntents = try Self.openIntents(newest, earlier)
    chain = try Self.chain(newest?.scan)
    if let active { try TornEnd.putAside(names, from: active.scan.head?.end ?? 0, seq: chain.seq + 1) }
    unrecordedTornEnds = try TornEnd.unrecorded(names, chain)
  }

  private static func chain(_ scan: SegmentScan?) throws(AuditError) -> Chain {
    let new = try Chain.new()
    guard let scan, let head = scan.head else { return new }
    return Chain(
      id: scan.chainId ?? new.id, head: head.outline, openClaims: scan.openClaims, peerHead: scan.peerHead)
  }

  // Looks for the open claims' intents, back from the newest segment, and no farther than there are some missing.
  private static func openIntents(
    _ newest: Scanned?, _ earlier: ArraySlice<String>
  ) throws(AuditError) -> [AuditRecord] {
    guard let newest else { return [] }
    let open = newest.scan.openClaims.list
    var found: [String: AuditRecord] = [:]
    var earlier = earlier
    var segment: Scanned? = newest
    while let scanned = segment {
      for claim in open where found[claim] == nil {
        found[claim] = try scanned.scan.intent(claim, in: scanned.file)
      }
      guard found.count < open.count else { break }
      segment = nil
      if let path = earlier.popLast() { segment = try scan(path) }
    }
    return open.compactMap { found[$0] }
  }

  private static func scan(_ path: String) throws(AuditError) -> Scanned? {
    guard try SafeFiles.exists(path) else { return nil }
    let file = try SafeFiles.open(path, .readOnly, [])
    return Scanned(file: file, scan: try SegmentScan(file))
  }

  private struct Scanned {
    let file: OpenedFile
    let scan: SegmentScan
  }
}
