import SigV4
import Testing

@Suite struct CredentialsTests {
  private let credentials = Credentials(
    accessKeyId: "AKIDEXAMPLE", secretAccessKey: "very-secret", sessionToken: "also-secret")

  private struct Holder {
    let held: Credentials
    let optional: Credentials?
  }

  @Test func printsTheAccessKeyIdOnly() {
    #expect("\(credentials)" == "credentials AKIDEXAMPLE")
  }

  @Test func noWayOfPrintingShowsASecret() {
    let holder = Holder(held: credentials, optional: credentials)
    var texts = ["\(credentials)", "\(holder)", "\([credentials])", "\(Optional(credentials) as Any)"]
    texts += [String(describing: credentials), String(reflecting: credentials), String(reflecting: holder)]
    var dumped = ""
    dump(credentials, to: &dumped)
    dump(holder, to: &dumped)
    dump(["key": credentials], to: &dumped)
    texts.append(dumped)
    for text in texts {
      #expect(!text.contains("very-secret"))
      #expect(!text.contains("also-secret"))
    }
    #expect(dumped.contains("AKIDEXAMPLE"))
  }

  @Test func reflectionFindsNoSecret() {
    let values = Mirror(reflecting: credentials).children.map { "\($0.value)" }
    #expect(values == ["AKIDEXAMPLE"])
  }
}
