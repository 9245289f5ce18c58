import FoundationEssentials
import Testing

@testable import AWS

@Suite struct ClockSkewDateTests {
  private let now = Date(timeIntervalSince1970: 1_767_268_800)  // 2026-01-01

  // RFC 9110, section 5.6.7: one moment in its three forms.
  @Test(arguments: [
    "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
  ])
  func readsAllThreeForms(_ text: String) {
    #expect(httpDate(text, now: now) == Date(timeIntervalSince1970: 784_111_777))
  }

  @Test(arguments: [
    ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199),
    ("Fri, 01 Mar 2024 00:00:00 GMT", 1_709_251_200), ("Sun, 01 Mar 2026 00:00:00 GMT", 1_772_323_200),
    ("Wed, 01 Mar 2000 00:00:00 GMT", 951_868_800), ("Sat, 31 Dec 2016 23:59:60 GMT", 1_483_228_800),
    ("Thu, 31 Dec 2099 00:00:00 GMT", 4_102_358_400),
  ])
  func countsLeapYears(_ text: String, _ seconds: Int) {
    #expect(httpDate(text, now: now) == Date(timeIntervalSince1970: Double(seconds)))
  }

  @Test func twoDigitsOver50YearsAheadMeanTheCenturyBefore() {
    #expect(
      httpDate("Tuesday, 01-Jan-30 00:00:00 GMT", now: now) == Date(timeIntervalSince1970: 1_893_456_000))
    #expect(httpDate("Friday, 01-Jan-77 00:00:00 GMT", now: now) == Date(timeIntervalSince1970: 220_924_800))
  }

  @Test(arguments: [
    "", "now", "2026-01-01T00:00:00Z", "Thu, 01 Jan 2026 24:00:00 GMT", "Thu, 01 Jan 2026 00:60:00 GMT",
    "Thu, 32 Jan 2026 00:00:00 GMT", "Thu, 01 Foo 2026 00:00:00 GMT", "Thu, 01 Jan 2026 00:00:00 CET",
    "Thu, 01 Jan 2026 00:00 GMT", "Thu, 01 Jan 20260 00:00:00 GMT", "Thu, 01 Jan +026 00:00:00 GMT",
    "Thu, 0x1 Jan 2026 00:00:00 GMT", "Thu, 01 Jan 2026 00:00:00 GMT GMT", "1767225600",
  ])
  func refusesAllOtherText(_ text: String) {
    #expect(httpDate(text, now: now) == nil)
  }
}
