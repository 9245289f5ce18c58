import AWS
import FoundationEssentials
import Testing

@Suite struct ClockSkewTests {
  // Skipped where the vectors are not beside the repository.
  @Test(.enabled(if: SkewVectors.isPresent, "../shared/vectors/aws is not there"))
  func agreesWithTheCasesOfAWS() throws {
    let vectors = try SkewVectors.read()
    #expect(vectors.tests.count == 10)
    for test in vectors.tests {
      let skew = ClockSkew(seconds: test.operations[0].initialClientSkew)
      for operation in test.operations {
        try check(operation, with: skew, test.description)
        #expect(skew.seconds == operation.expectedClientSkew, "\(test.description)")
      }
    }
  }

  private func check(_ operation: SkewVectors.Operation, with skew: ClockSkew, _ name: String) throws {
    for (number, attempt) in operation.attempts.enumerated() {
      let sentAt = try Date(attempt.clientTimeAtSend, strategy: .iso8601)
      #expect(
        skew.signingDate(sentAt) == (try Date(attempt.expectedSigningTime, strategy: .iso8601)), "\(name)")
      let isWorthARetry = skew.learn(
        dateHeader: attempt.response.headers["Date"], ageHeader: attempt.response.headers["Age"],
        sentAt: sentAt, receivedAt: try Date(attempt.clientTimeAtReceive, strategy: .iso8601),
        errorCode: attempt.response.errorCode)
      let isRetried = number + 1 < operation.attempts.count
      #expect(isWorthARetry == (isRetried || operation.maxAttempts == 1), "\(name)")
    }
  }

  private let noon = Date(timeIntervalSince1970: 1_767_268_800)  // Thu, 01 Jan 2026 12:00:00 GMT

  @Test(arguments: ["RequestExpired", "AuthFailure", "SignatureDoesNotMatch", "RequestTimeTooSkewed"])
  func aRefusedSignatureIsWorthOneRetryWithTheRightTime(_ code: String) {
    let skew = ClockSkew()
    #expect(learn(skew, "Thu, 01 Jan 2026 12:10:00 GMT", code))
    #expect(skew.signingDate(noon) == noon.addingTimeInterval(600))
    #expect(!learn(skew, "Thu, 01 Jan 2026 12:10:00 GMT", code), "signed with the right time already")
  }

  @Test func aClockThatIsAheadIsCorrectedToo() {
    let skew = ClockSkew()
    #expect(learn(skew, "Thu, 01 Jan 2026 11:50:00 GMT", "RequestExpired"))
    #expect(skew.seconds == -600)
  }

  @Test func otherErrorsTeachTheTimeAndAreNotWorthARetry() {
    let skew = ClockSkew()
    #expect(!learn(skew, "Thu, 01 Jan 2026 12:10:00 GMT", "UnauthorizedOperation"))
    #expect(skew.seconds == 600)
  }

  @Test func anExchangeThatEndedBeforeItBeganTellsNothing() {
    let skew = ClockSkew(seconds: 5)
    let isWorthARetry = skew.learn(
      dateHeader: "Thu, 01 Jan 2026 12:10:00 GMT", ageHeader: nil, sentAt: noon,
      receivedAt: noon.addingTimeInterval(-1), errorCode: "RequestExpired")
    #expect(!isWorthARetry)
    #expect(skew.seconds == 5)
  }

  @Test("signatures have four digits for the year") func aDateAtTheEndOfAllDatesTellsNothing() {
    let skew = ClockSkew(seconds: 5)
    #expect(!learn(skew, "Fri, 31 Dec 9999 23:59:59 GMT", "RequestExpired"))
    #expect(skew.seconds == 5)
  }

  @Test func aRetryIsJudgedByTheTimeInTheRefusedSignature() {
    let skew = ClockSkew(seconds: 600)  // learnt by another exchange while this one was under way
    let isWorthARetry = skew.learn(
      dateHeader: "Thu, 01 Jan 2026 12:10:00 GMT", ageHeader: nil, sentAt: noon, receivedAt: noon,
      errorCode: "RequestExpired", signedAt: noon)
    #expect(isWorthARetry)
  }

  private func learn(_ skew: ClockSkew, _ date: String, _ code: String) -> Bool {
    skew.learn(dateHeader: date, ageHeader: nil, sentAt: noon, receivedAt: noon, errorCode: code)
  }
}

private struct SkewVectors: Decodable {
  struct Case: Decodable {
    let description: String
    let operations: [Operation]
  }

  struct Operation: Decodable {
    let initialClientSkew: Double
    let maxAttempts: Int?
    let attempts: [Attempt]
    let expectedClientSkew: Double
  }

  struct Attempt: Decodable {
    let clientTimeAtSend: String
    let clientTimeAtReceive: String
    let expectedSigningTime: String
    let response: Response
  }

  struct Response: Decodable {
    let headers: [String: String]
    let errorCode: String?
  }

  let tests: [Case]

  static let isPresent = EndpointVectors.isPresent("clock-skew-test-cases.json")

  static func read() throws -> SkewVectors {
    try EndpointVectors.decode(SkewVectors.self, "clock-skew-test-cases.json")
  }
}
