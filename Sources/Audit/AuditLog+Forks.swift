import FoundationEssentials

/// A chain that goes on twice: from a copy of the log, or after its end was cut.
extension AuditLog {
  /// Looks for what the system's journal has of this chain and the log does not; blocks, up to ten seconds.
  ///
  /// Gives the `forked` record that is to be appended; nil where nothing speaks of a fork. Throws
  /// `AuditError.system` when the journal or a segment can't be read.
  public func forkByJournal() throws(AuditError) -> AuditRecord? {
    guard journal.hasJournald,
      let other = try JournalHead.read(chainId: health.chainId, before: openedAt)
    else { return nil }
    return try fork(by: other, toldBy: "the journal has")
  }

  /// Compares a record that somebody else has of this chain with the log; blocks on the disk.
  ///
  /// Gives the `forked` record that is to be appended; nil where the log has that record, has removed it with an
  /// old segment, or knows of the fork. Throws `AuditError.system` when a segment can't be read.
  public func fork(by other: AuditChainHead, toldBy witness: String) throws(AuditError) -> AuditRecord? {
    let own = health
    guard other.chainId == own.chainId, try !isKnown(other, upTo: own.seq) else { return nil }
    var record = AuditRecord(.forked, at: .now)
    record.ownHead = AuditChainHead(chainId: own.chainId, seq: own.seq, hash: own.headHash)
    record.otherHead = other
    record.detail =
      "\(witness) record \(other.seq) of this chain with another hash or beyond this log's end: another copy of "
      + "the log was written on, or its end was cut; keep both"
    return record
  }

  private func isKnown(_ other: AuditChainHead, upTo seq: UInt64) throws(AuditError) -> Bool {
    if try reader.tellsOfFork(at: other) { return true }
    guard other.seq <= seq else { return false }
    guard let outline = try reader.outline(of: other.seq) else { return true }
    return outline.hash.elementsEqual(other.hash.utf8)
  }
}
