import Testing

@testable import vipad

/// What `vipad status --watch` shows on a terminal that is too small for it.
struct TerminalSizeTests {
  private let size = TerminalSize(rows: 6, columns: 11)

  @Test func whatFitsStaysAsItIs() {
    #expect(size.fit("0123456789\n\nb") == ["0123456789", "", "b"])
  }

  @Test func theFirstParagraphIsWrappedAndTablesAreCut() {
    #expect(size.fit("DARK\n0123456789ab\n\n0123456789ab") == ["DARK", "0123456789", "ab", "", "0123456789"])
  }

  @Test func theHeadlineStaysAndTheCursorHasARowOfItsOwn() {
    let shown = size.fit("DARK\n\n1\n2\n3\n4\n5")
    #expect(shown == ["DARK", "", "1", "2", "... 3 more"])
  }

  @Test func aColourTakesNoRoomAndEndsWhereTheLineIsCut() {
    let red = "\u{1B}[31m0123456789\u{1B}[0m"
    #expect(size.fit("A\n\n\(red)")[2] == red)
    #expect(size.fit("A\n\n\u{1B}[31m0123456789ab\u{1B}[0m")[2] == red)
  }
}
