import Testing

@testable import vipad

/// What `[notify]` may say, and what is refused without being shown.
struct NotifyOptionsTests {
  @Test func isOffByDefault() throws {
    #expect(try load("").notify == NotifyOptions())
    #expect(try load("").notify.webhook == nil)
  }

  @Test(arguments: [
    ("https://hooks.example.net", "https://hooks.example.net"),
    ("https://hooks.example.net:8443/services/T0?k=v&w=/x", "https://hooks.example.net:8443"),
    ("https://hooks.example.net?key=v", "https://hooks.example.net"),
    ("https://[2001:db8::1]:8443/x", "https://[2001:db8::1]:8443"),
    ("http://127.0.0.1:9000/x", "http://127.0.0.1:9000"),
    ("http://localhost/x", "http://localhost"),
  ])
  func takesAURLAndShowsNoMoreThanItsServer(url: String, shown: String) throws {
    let webhook = try load("[notify]\nsecretFile = \"/s\"\nwebhook = \"\(url)\"").notify.webhook
    #expect(webhook?.revealed == url)
    var dumped = ""
    dump(webhook, to: &dumped)
    #expect(webhook?.description == shown && "\(webhook.map { "\($0)" } ?? "")" == shown)
    #expect(url == shown || !dumped.contains(url.dropFirst(shown.count)))
  }

  @Test(arguments: [
    "http://hooks.example.net/x", "http://10.0.1.1/x", "https://user:word@hooks.example.net/x",
    "https://user@hooks.example.net", "https:///x", "hooks.example.net/x", "ftp://hooks.example.net/x",
    "https://hooks.example.net/a b", "https://hooks.example.net/#x", "https://hooks.example.net:0/x",
    "https://hooks.example.net:99999/x", "https://hooks.example.net\\\\@evil/x",
    "https://hööks.example.net/x", "",
  ])
  func refusesAnotherURLWithoutShowingIt(url: String) {
    let error = #expect(throws: ConfigurationError.self) {
      try load("[notify]\nsecretFile = \"/s\"\nwebhook = \"\(url)\"")
    }
    let line = error?.description ?? ""
    #expect(
      line
        == "f.toml:4: notify.webhook: the value is not https://HOST[:PORT]/PATH, or http:// to a loopback address"
    )
  }

  @Test func aWebhookNeedsASecret() {
    let error = #expect(throws: ConfigurationError.self) {
      try load("[notify]\nwebhook = \"https://hooks.example.net/x\"")
    }
    #expect(error?.description.contains("notify.secretFile: is missing: notifications are signed") == true)
  }

  @Test func anotherPathIsAnotherWebhook() {
    #expect(WebhookURL("https://a/x") == WebhookURL("https://a/x"))
    #expect(WebhookURL("https://a/x") != WebhookURL("https://a/y"))
  }

  private func load(_ text: String) throws -> Configuration {
    try Configuration(file: "f.toml", bytes: Array(("vips = [\"10.0.1.100\"]\n" + text).utf8))
  }
}
