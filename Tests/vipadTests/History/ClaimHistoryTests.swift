import Audit
import FoundationEssentials
import Testing

@testable import vipad

/// What is kept of claims that ended, and what is not.
struct ClaimHistoryTests {
  @Test func theOldestGoesWhereTheThousandAndFirstComes() throws {
    let history = ClaimHistory()
    for number in 0...1000 { history.add(claim(number)) }
    let page = try #require(history.page(before: nil, limit: 1000))
    #expect(page.claims.count == 1000 && page.next == nil)
    #expect(page.claims.first?.claimId == id(1000) && page.claims.last?.claimId == id(1))
    #expect(history.page(before: id(0), limit: 1) == nil, "it is not kept any more")
  }

  @Test func thoseOfTheLogMakeRoomForThoseSinceTheStart() throws {
    let history = ClaimHistory()
    history.add(claim(5000))
    history.fill(with: (0..<1000).compactMap(claim))
    let page = try #require(history.page(before: nil, limit: 1000))
    #expect(page.claims.count == 1000 && page.claims.first?.claimId == id(5000))
    #expect(page.claims.last?.claimId == id(1))
  }

  @Test(arguments: [1e308, -1e308, .infinity, .nan, -1])
  func aDurationBeyondAllReasonIsNotKnown(milliseconds: Double) throws {
    var record = AuditRecord(.claimOutcome, at: Date(timeIntervalSince1970: 1_000_000))
    (record.claimId, record.outcome) = (id(1), .accepted)
    record.acceptedMilliseconds = milliseconds
    let kept = try #require(KeptClaim(record))
    #expect(kept.document.acceptedMilliseconds == nil && kept.startedAt == kept.endedAt)
  }

  private func claim(_ number: Int) -> KeptClaim? {
    var record = AuditRecord(.claimOutcome, at: Date(timeIntervalSince1970: Double(number)))
    (record.claimId, record.outcome) = (id(number), .accepted)
    return KeptClaim(record)
  }

  private func id(_ number: Int) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
