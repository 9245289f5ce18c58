import FoundationEssentials

@testable import Audit
@testable import vipad

/// What the other router answers to `GET /status`: judged, and its audit head written down.
func checkPeerStatus(_ input: [UInt8]) throws(Broken) {
  let decoder = JSONDecoder()
  guard let own = try? decoder.decode(RouterPicture.self, from: Data(ownStatus.utf8)) else {
    throw Broken("this router's own picture can't be read")
  }
  guard let peer = try? decoder.decode(RouterPicture.self, from: Data(input)).withoutPassedChecks else {
    return
  }
  let view = PeerView(
    url: "https://peer", reach: .reached, since: Date(timeIntervalSince1970: 0), picture: peer)
  let judgement = PairJudgement(own: own, peer: view)
  try demandOneLine(judgement.detail, "the judgement")
  try checkHeads(peer.audit)
}

private func checkHeads(_ audit: RouterPicture.Audit) throws(Broken) {
  let head = AuditChainHead(chainId: audit.chainId ?? "", seq: audit.seq, hash: audit.headHash)
  for known in [nil, head, AuditChainHead(chainId: head.chainId, seq: 7, hash: "a")] {
    var heads = PeerHeads()
    guard let record = heads.record(of: head, ownHeadSeq: audit.peerHead?.recordedAs, known: known) else {
      continue
    }
    let line = RecordLine(record, seq: 1, bootId: "b", prevHash: String(repeating: "0", count: 64)).bytes
    try demand(line.count <= 4096, "a record of \(line.count) bytes")
    try demandOneLine(String(decoding: line.dropLast(), as: UTF8.self), "the record")
    guard let read = AuditRecord(line: line.dropLast()) else { throw Broken("the record can't be read") }
    try demand(read.peerHead?.seq == head.seq, "another number was written down")
  }
}

private let ownStatus = """
  {"version":"1","startedAt":"2026-11-26T00:00:00.000Z","verdict":"holding",
  "groups":[{"group":"default","verdict":"holding","networkInterfaceId":"eni-1",
  "vrrp":{"state":"MASTER","since":"2026-11-26T00:00:00.000Z","source":"kernel: here"}}],
  "vips":[{"vip":"10.0.0.9","group":"default","held":true,"confirmed":true,
  "holder":{"networkInterfaceId":"eni-1"},"observedAt":"2026-11-26T00:00:00.000Z"}],
  "readiness":{"ready":true,"checks":[]},"audit":{"ok":true,"seq":3,"headHash":"a"}}
  """
