import Digest
import Testing

@Suite struct SecretTests {
  @Test func randomBytesDifferEachTime() throws {
    let drawn = try Set((0..<100).map { _ in try randomBytes(32) })
    #expect(drawn.count == 100)
    #expect(drawn.allSatisfy { $0.count == 32 })
  }

  @Test func drawsNoBytesWhenNoneAreAskedFor() throws {
    #expect(try randomBytes(0) == [])
  }

  @Test func comparesWholeValues() {
    #expect(equalInConstantTime([], []))
    #expect(equalInConstantTime([1, 2, 3], [1, 2, 3]))
    #expect(!equalInConstantTime([1, 2, 3], [1, 2, 4]))
    #expect(!equalInConstantTime([1, 2, 3], [1, 2]))
    #expect(!equalInConstantTime([0], []))
  }

  @Test func writesEveryByteAsTwoLowerCaseDigits() {
    #expect(hexadecimal([0x00, 0x0f, 0xa0, 0xff, 0x9a]) == "000fa0ff9a")
    #expect(hexadecimal([]) == "")
  }
}
