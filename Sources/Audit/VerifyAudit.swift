/// Verifies a log: every hash, the chain over the segments, numbers, claims, torn ends.
///
/// `files` may stand in any order; a single active file brings its closed segments with it. `witnesses` are files
/// with `peerHead` records, such as the peer's log: each record of the chain that they name must be there. Reads
/// once, in constant memory beside what the witnesses say. Throws `AuditError.system` when a file can't be read.
public func verifyAudit(
  files: [String], expecting: AuditHead? = nil, witnesses: [String] = []
) throws(AuditError) -> AuditVerification {
  let segments = try segmentsInOrder(try withClosedSegments(files))
  let witness = witnesses.isEmpty ? nil : try ChainWitness(try withClosedSegments(witnesses))
  var verifier = ChainVerifier(expecting: expecting, witness: witness)
  for (index, segment) in segments.enumerated() {
    try verifier.verify(segment.file, isLast: index == segments.count - 1)
  }
  return verifier.finish()
}

private func withClosedSegments(_ files: [String]) throws(AuditError) -> [String] {
  guard files.count == 1, let names = try? SegmentNames(active: files[0]) else { return files }
  return try names.closedSegments() + files
}

private struct OrderedSegment {
  let file: OpenedFile
  let firstSeq: UInt64
}

// By each file's first record, not by its name: the verifier compares the name with it.
private func segmentsInOrder(_ paths: [String]) throws(AuditError) -> [OrderedSegment] {
  var segments: [OrderedSegment] = []
  for path in paths {
    let file = try OpenedFile.reading(path)
    var reader = LineReader(file)
    let first = try reader.nextLine().flatMap { RecordOutline($0.bytes) }
    segments.append(OrderedSegment(file: file, firstSeq: first?.seq ?? .max))
  }
  return segments.sorted { $0.firstSeq < $1.firstSeq }
}
