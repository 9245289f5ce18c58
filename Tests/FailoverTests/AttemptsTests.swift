import Failover
import Testing

/// What a claim keeps of its attempts, for the audit log.
struct AttemptsTests {
  @Test(arguments: [1, 4, 16, 17, 40, 1000])
  func `the first 4 and the last 12 are kept, the others counted`(count: Int) throws {
    var scene = Scene.sending()
    for _ in 1...count {
      scene.refuse(.identity)
      scene.wake()
    }
    let claim = try #require(scene.claim)
    let kept = count <= 16 ? Array(1...count) : Array(1...4) + Array((count - 11)...count)
    #expect(claim.attempts.map(\.n) == kept)
    #expect(claim.attemptsOmitted == count - kept.count)
    #expect(scene.rules.onTheWire?.n == count + 1)
  }

  @Test func `an attempt keeps what EC2 said`() throws {
    var scene = Scene.sending()
    scene.refuse(.permission, httpStatus: 403, errorCode: "UnauthorizedOperation")
    scene.wake()
    scene.accept()
    let attempts = try #require(scene.claim?.attempts)
    #expect(attempts.map(\.httpStatus) == [403, 200])
    #expect(attempts.map(\.errorCode) == ["UnauthorizedOperation", nil])
    #expect(attempts.map(\.message) == ["no", nil])
    #expect(attempts.map(\.awsRequestId) == [nil, "request"])
    #expect(attempts.map(\.vips) == [["10.0.0.10"], ["10.0.0.10"]])
    #expect(attempts.map(\.milliseconds) == [20, 20])
  }

  @Test func `the attempt that was cut is among them`() {
    var scene = Scene.sending()
    scene.hook(.backup)
    scene.refuse(.transient, httpStatus: nil, errorCode: nil)
    #expect(scene.claim?.attempts.map(\.n) == [1])
  }
}
