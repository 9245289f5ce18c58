import Digest
import Testing

@Suite struct UnprintableTests {
  private struct Holder {
    var name = "holder"
    var secret = Secret("hunter2")
    var maybe: Secret? = Secret("hunter2")
    var many = [Secret("hunter2")]
  }

  @Test func nothingPrintsIt() {
    var dumped = ""
    dump(Holder(), to: &dumped)
    let holder = Holder()
    let printed = [
      dumped, "\(holder)", String(reflecting: holder), "\(holder.secret)", String(reflecting: holder.secret),
      "\(Mirror(reflecting: holder.secret).children.map(\.value))",
    ]
    #expect(printed.allSatisfy { !$0.contains("hunter2") })
    #expect(printed[1].contains("holder"))
  }

  @Test(arguments: [
    ("hunter2", true), ("hunter", false), ("hunter22", false), ("Hunter2", false), ("", false),
    ("hunter3", false),
  ])
  func matchesOnlyItself(candidate: String, isRight: Bool) {
    #expect(Secret("hunter2").matches(candidate) == isRight)
    #expect(Secret("hunter2").revealed == "hunter2")
  }
}
