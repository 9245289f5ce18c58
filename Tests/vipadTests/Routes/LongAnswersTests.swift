import HTTPServer
import Testing

@testable import vipad

/// The memory that long answers may take.
struct LongAnswersTests {
  private let answers = LongAnswers()
  private let quarter = LongAnswers.mostBytes / 4

  @Test func whatIsTakenIsRefusedToOthersUntilItIsGivenBack() throws {
    var held = try (0..<4).map { _ in try answers.lease(atMostBytes: quarter) }
    let refused = #expect(throws: Problem.self) { try answers.lease(atMostBytes: 1) }
    #expect(refused?.status == 503 && refused?.remedy?.contains("again") == true)
    held.removeLast()
    held.append(try answers.lease(atMostBytes: quarter))
    #expect(throws: Problem.self) { try answers.lease(atMostBytes: 1) }
  }

  @Test func whatAnAnswerDoesNotNeedIsGivenBackAtOnce() throws {
    let held = try (0..<4).map { _ in try answers.lease(atMostBytes: quarter) }
    held[0].shrink(toBytes: 100)
    held[0].shrink(toBytes: quarter)
    _ = try answers.lease(atMostBytes: quarter - 100)
    #expect(throws: Problem.self) { try answers.lease(atMostBytes: quarter) }
    withExtendedLifetime(held) {}
  }
}
