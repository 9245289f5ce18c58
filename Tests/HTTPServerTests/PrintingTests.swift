import HTTPServer
import Testing

@Suite struct PrintingTests {
  /// A request may carry tokens, cookies and bodies that are nobody's business in a log.
  @Test func aRequestShowsMethodAndPathOnly() {
    let secret = "hunter2-hunter2"
    let request = HTTPRequest(
      method: "POST", path: "/claim", rawQuery: secret, headers: [("Authorization", "Bearer \(secret)")],
      body: Array(secret.utf8), peer: .tcp(address: "127.0.0.1"))
    var dumped = ""
    dump([request], to: &dumped)
    let printed = "\(request) \(String(reflecting: request)) \([request]) \(dumped)"
    #expect(!printed.contains(secret))
    #expect(!dumped.contains("\(Array(secret.utf8)[0])"), "nor its bytes as numbers")
    #expect(printed.contains("POST /claim"))
  }
}
