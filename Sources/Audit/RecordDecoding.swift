import FoundationEssentials

extension AuditRecord {
  /// Reads a record back from its line; nil unless the line is a record of this version.
  init?(line: ArraySlice<UInt8>) {
    guard let stored = try? JSONDecoder().decode(StoredRecord.self, from: Data(line)),
      stored.eventVersion == 1, let time = Timestamp.date(stored.time)
    else { return nil }
    self.init(stored.event, at: time)
    takeSubject(from: stored)
    takeCourse(from: stored)
    stamp = AuditStamp(
      seq: stored.seq, bootId: stored.bootId, prevHash: stored.prevHash, hash: stored.hash)
  }

  private mutating func takeSubject(from stored: StoredRecord) {
    claimId = stored.claimId
    group = stored.group
    cause = stored.cause
    actor = stored.actor
    vips = stored.vips ?? []
    refusedVips = stored.refusedVips ?? []
    instanceId = stored.instanceId
    networkInterfaceId = stored.networkInterfaceId
    previousNetworkInterfaceId = stored.previousNetworkInterfaceId
    region = stored.region
    generation = stored.generation
    priority = stored.priority
  }

  private mutating func takeCourse(from stored: StoredRecord) {
    attempts = stored.attempts ?? []
    // A number beyond all reason must be safe to add to.
    attemptsOmitted = min(max(0, stored.attemptsOmitted ?? 0), Int(Int32.max))
    outcome = stored.outcome
    acceptedMilliseconds = stored.acceptedMilliseconds
    confirmedMilliseconds = stored.confirmedMilliseconds
    clockSkewMilliseconds = stored.clockSkewMilliseconds
    chainId = stored.chainId
    openClaims = stored.openClaims ?? []
    peerHead = stored.peerHead
    ownHead = stored.ownHead
    otherHead = stored.otherHead
    detail = stored.detail
  }
}

/// The members of a line by their names in the file.
private struct StoredRecord: Decodable {
  let eventVersion: Int
  let seq: UInt64
  let time: String
  let bootId: String
  let event: AuditEvent
  let claimId: String?
  let group: String?
  let cause: AuditCause?
  let actor: AuditActor?
  let vips: [String]?
  let refusedVips: [String]?
  let instanceId: String?
  let networkInterfaceId: String?
  let previousNetworkInterfaceId: String?
  let region: String?
  let generation: UInt64?
  let priority: Int?
  let attempts: [AuditAttempt]?
  let attemptsOmitted: Int?
  let outcome: AuditOutcome?
  let acceptedMilliseconds: Double?
  let confirmedMilliseconds: Double?
  let clockSkewMilliseconds: Double?
  let chainId: String?
  let openClaims: [String]?
  let peerHead: AuditChainHead?
  let ownHead: AuditChainHead?
  let otherHead: AuditChainHead?
  let detail: String?
  let prevHash: String
  let hash: String
}
