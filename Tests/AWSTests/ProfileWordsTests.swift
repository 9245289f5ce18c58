import Testing

@testable import AWS

@Suite struct ProfileWordsTests {
  @Test func splitsWordsAndQuotes() {
    #expect(shellWords(" a  'b c'\t\"d \\\" \\e\" f\\ g '' ") == ["a", "b c", "d \" \\e", "f g", ""])
    #expect(shellWords("") == [])
  }

  @Test(arguments: ["'open", "\"open", "end\\", "\"end\\\""])
  func refusesWhatIsNotClosed(_ line: String) {
    #expect(shellWords(line) == nil)
  }

  // Needs Python with botocore (pip).
  @Test(.enabled(if: ProfileBotocore.isPresent, "python3 can't import botocore"))
  func splitsAsBotocoreDoes() throws {
    let pieces = [" ", "\t", "'", "\"", "\\", "a", "b c", "$x", "#", ";", "\u{e4}", "\n", "\\\\", "''"]
    let lines = (0..<500).map { _ in
      (0..<Int.random(in: 0...8)).compactMap { _ in pieces.randomElement() }.joined()
    }
    let expected: [[String]?] = try ProfileBotocore.ask("words", lines)
    for (line, words) in zip(lines, expected) {
      #expect(shellWords(line) == words, "\(line)")
    }
  }
}
