import AWS
import Testing

@Suite struct CredentialErrorTests {
  @Test(arguments: [
    (
      CredentialError.halfPair(
        source: "environment", present: "AWS_ACCESS_KEY_ID", missing: "AWS_SECRET_ACCESS_KEY"),
      "set both or neither"
    ),
    (.noSuchProfile("p", files: ["/a", "/b"]), "neither of /a, /b"),
    (.unsupported(profile: "p", key: "role_arn"), "credential_process"),
    (.profileFile(.syntax(file: "/a", line: 3, reason: "is no `name = value`")), "/a, line 3"),
    (.process(profile: "p", reason: "it exited with status 1"), "run it by hand"),
    (.none(tried: ["environment: x", "instance role: y"]), "give the instance a role"),
  ])
  func saysCauseAndRemedyInOneLine(_ error: CredentialError, _ part: String) {
    #expect(error.description.contains(part))
    #expect(!error.description.contains("\n"))
  }
}
