import Testing

@testable import vipad

/// Every refusal as the operator reads it: file, line, key, and what would be right.
struct ConfigurationErrorTests {
  struct Refusal: CustomTestStringConvertible, Sendable {
    let text: String
    let lines: [String]
    var testDescription: String { lines.joined(separator: " | ") }

    init(_ text: String, _ lines: String...) {
      (self.text, self.lines) = (text, lines)
    }
  }

  @Test(arguments: Self.values + Self.keys + Self.groups + Self.documents)
  func says(_ refusal: Refusal) {
    #expect(findings(refusal.text) == refusal.lines)
  }

  static let values = [
    Refusal(
      "vips = [\"10.0.1.100\"]\n[aws]\nconnectTimeoutSeconds = 90\n",
      "f.toml:3: aws.connectTimeoutSeconds: 90 is not a number of seconds from 0.1 to 60"),
    Refusal(
      "vips = [\"10.0.1.100\"]\naws.connectTimeoutSeconds = \"2\"\n",
      "f.toml:2: aws.connectTimeoutSeconds: \"2\" is not a number of seconds from 0.1 to 60"),
    Refusal(
      "vips = [\"10.0.1.100\"]\naws = { region = \"eu\", profile = 7 }\n",
      "f.toml:2: aws.region: \"eu\" is not a Region's code, as \"eu-central-1\"",
      "f.toml:2: aws.profile: 7 is not a profile's name without spaces"),
    Refusal(
      "vips = [\"10.0.1.100\"]\n[vrrp]\nguardSeconds = nan\n",
      "f.toml:3: vrrp.guardSeconds: nan is not a number of seconds from 0.1 to 3600"),
    Refusal(
      "vips = [\"10.0.1.100\"]\n[vrrp]\n\nwitness = \"script\"",
      "f.toml:4: vrrp.witness: \"script\" is not \"kernel\" or \"hook\""),
    Refusal(
      "vips = [\"10.0.1.100\"]\n[audit]\nmaxBytes = 16.5\nkeep = 0\nonFailure = true",
      "f.toml:3: audit.maxBytes: 16.5 is not a whole number from 16384 to 1073741824",
      "f.toml:4: audit.keep: 0 is not a whole number from 1 to 10000",
      "f.toml:5: audit.onFailure: true is not \"continue\" or \"refuse\""),
    Refusal(
      "vips = [\"10.0.1.100\"]\n[audit]\nkeep = 2026-11-23\n[state]\ndirectory = \"var/lib\"",
      "f.toml:3: audit.keep: a date or time is not a whole number from 1 to 10000",
      "f.toml:5: state.directory: \"var/lib\" is not an absolute path, as \"/run/vipad/x\""),
    Refusal(
      "vips = [\"10.0.1.100\"]\n[server]\nlisten = \"0.0.0.0:8600\"",
      "f.toml:3: server.listen: \"0.0.0.0:8600\" is not a loopback address and a port, "
        + "as \"127.0.0.1:8600\", or \"\" for no TCP listener"),
    Refusal(
      "vips = [\"10.0.1.100\"]\n[identity]\ninstanceId = \"eni-1\"",
      "f.toml:3: identity.instanceId: \"eni-1\" is not an id as \"i-0123456789abcdef0\""),
    Refusal(
      "vips = [\"10.0.1.100\"]\n[aws]\nrequestTimeoutSeconds = 1.5",
      "f.toml:3: aws.requestTimeoutSeconds: 1.5 is less than connectTimeoutSeconds (2.0), which it includes; "
        + "raise it or lower that"),
    Refusal(
      "vips = [\"10.0.1.100\"]\n[aws]\nbindInterface = \"an interface name\"",
      "f.toml:3: aws.bindInterface: \"an interface name\" is not the name of a network interface, "
        + "as \"eth0\" (1 to 15 characters)"),
  ]

  static let keys = [
    Refusal("vips = [\"10.0.1.100\"]\nvip = 1", "f.toml:2: vip: unknown key; did you mean vips?"),
    Refusal(
      "vips = [\"10.0.1.100\"]\nregion = \"eu-west-1\"",
      "f.toml:2: region: unknown key here; region belongs into [aws]"),
    Refusal(
      "vips = [\"10.0.1.100\"]\n[ aws ]\n\"Region\" = \"eu-west-1\"",
      "f.toml:3: aws.Region: unknown key; did you mean region?"),
    Refusal(
      "vips = [\"10.0.1.100\"]\n[state]\npath = \"/x\"\n",
      "f.toml:3: state.path: unknown key here; path belongs into [audit]"),
    Refusal(
      "vips = [\"10.0.1.100\"]\n[identity.'a b']\nx = 1",
      "f.toml:2: identity.\"a b\": unknown key; known here: instanceId"),
    Refusal(
      "vips = [\"10.0.1.100\"]\naws = 3", "f.toml:2: aws: 3 is not a table; write it as [aws]"),
    Refusal(
      "vips = [\"10.0.1.100\"]\n[[aws]]\nregion = \"eu-west-1\"",
      "f.toml:2: aws: a list of 1 is not a table; write it as [aws]"),
  ]

  static let groups = [
    Refusal("", "f.toml:1: vips is missing: name the VIPs, as vips = [\"10.0.1.100\"], or write a [[group]]"),
    Refusal("vips = []", "f.toml:1: vips: a list of 0 is not \(vipList)"),
    Refusal("vips = \"10.0.1.100\"", "f.toml:1: vips: \"10.0.1.100\" is not \(vipList)"),
    Refusal("vips = [\n  \"10.0.1.100\",\n  10,\n]", "f.toml:3: vips[1]: 10 is not \(vip)"),
    Refusal(
      "vips = [\"10.0.1.100\"]\n[[group]]\nname = \"a\"\nvips = [\"10.0.1.101\"]",
      "f.toml:1: vips: vips and [[group]] exclude each other; move the VIPs into a [[group]]"),
    Refusal(
      "[[group]]\nname = \"a\"\n[[group]]\nvips = [\"10.0.1.100\"]",
      "f.toml:1: group[0].vips: is missing: every [[group]] needs name and vips",
      "f.toml:3: group[1].name: is missing: every [[group]] needs name and vips"),
    Refusal(
      "[[group]]\nname = \"a\"\nvips = [\"10.0.1.100\"]\n[[group]]\nname = \"a\"\nvips = [\"10.0.1.101\"]",
      "f.toml:5: group[1].name: \"a\" names an earlier group too"),
    Refusal(
      "group = [\n {name = \"a\", vips = [\"10.0.1.100\"]},\n {name = \"b\", vips = [\"10.0.1.100\"]}]",
      "f.toml:3: group[1].vips: 10.0.1.100 is in group \"a\" too; a VIP belongs to one group"),
    Refusal(
      "[[group]]\nname = \"a\"\nvips = [\"10.0.1.100\"]\n[[group]]\nname = \"b\"\nvrrpNames = [\"x\", \"a\"]\n"
        + "vips = [\"10.0.1.101\"]",
      "f.toml:6: group[1].vrrpNames: \"a\" means group \"a\" too; a hook could not tell them apart"),
    Refusal(
      "[[group]]\nname = \"a\"\nvips = [\"10.0.1.100\"]\ninterface = \"eth0\"\nnetworkInterfaceId = \"eni-1\"",
      "f.toml:4: group[0].interface: interface and networkInterfaceId exclude each other; leave one out"),
    Refusal(
      "[[group]]\nname = \"a b\"\nvips = [\"10.0.1.100\"]\nwitness = \"me\"",
      "f.toml:2: group[0].name: \"a b\" is not a name of 1 to 64 letters, digits, \".\", \"_\" or \"-\"",
      "f.toml:4: group[0].witness: \"me\" is not \"kernel\" or \"hook\""),
    Refusal(
      "vips = [\"10.0.1.100\", \"10.0.1.101\", \"10.0.1.100\"]",
      "f.toml:1: vips[2]: \"10.0.1.100\" is there twice; leave one out"),
    Refusal(
      "[group]\nname = \"a\"",
      "f.toml:1: group: a table is not a list of tables; write each group as [[group]]"),
  ]

  static let documents = [
    Refusal(
      "vips = [\"10.0.1.100\"]\nlisten = \"a\\u0000b\"", "f.toml:2: contains a NUL character; take it out")
  ]

  static let vip = "an IPv4 address that can be a secondary private address, as \"10.0.1.100\""
  static let vipList = "a list of 1 to 64 elements, each \(vip)"

  @Test(arguments: [
    "10.0.1.300", "10.0.01.1", "10.0.1", "10.0.1.1.", "10.0.1.1 ", "0x0a.0.0.1", "10.0.1.1/24", "::1", "",
    "127.0.0.1",
    "169.254.169.254", "224.0.0.18", "255.255.255.255", "0.0.0.0", "+1.2.3.4", "1.2.3.٤",
  ])
  func refusesAVIPThatIsNone(_ text: String) {
    let lines = findings("# a comment\nvips = [\"\(text)\"]")
    #expect(lines == ["f.toml:2: vips[0]: \"\(text)\" is not \(Self.vip)"])
  }

  @Test(arguments: [
    "http://ec2.eu-central-1.amazonaws.com", "https://user:hunter2@host", "https://host/hunter2",
    "https://host?hunter2", "ftp://hunter2", "https://", "https://host:0", "https://host:65536",
    "https://a b",
    "http://127.0.0.1.hunter2.com", "http://[::1",
  ])
  func refusesAnEndpointWithoutShowingIt(_ url: String) {
    let lines = findings("vips = [\"10.0.1.100\"]\naws.ec2Endpoint = \"\(url)\"")
    let expected = "https://HOST[:PORT], or http:// to a loopback address"
    #expect(lines == ["f.toml:2: aws.ec2Endpoint: the value is not \(expected)"])
  }

  @Test func neverShowsASecretThatIsInTheWrongPlace() {
    let lines = findings(
      "vips = [\"10.0.1.100\"]\n[aws]\nsecretAccessKey = \"hunter2\"\naccessKeyId = \"hunter2\"")
    let reason =
      "unknown key; credentials come from the environment, the shared credentials file or the instance role"
    #expect(lines == ["f.toml:3: aws.secretAccessKey: \(reason)", "f.toml:4: aws.accessKeyId: \(reason)"])
  }

  @Test func saysWhereASyntaxErrorIs() throws {
    let lines = findings("vips = [\"10.0.1.100\"]\n\nlisten = nonsense\n")
    #expect(lines.count == 1)
    #expect(lines.first?.hasPrefix("f.toml:3: not TOML: ") == true, "\(lines)")
  }

  /// TOMLKit would call abort(3).
  @Test(arguments: ["[", "[[", "[ ", "[=]", "[[\t#", "[.a]", "[\u{e4}]"])
  func aBracketWithoutANameIsAnErrorAndNotTheEndOfTheProcess(_ header: String) {
    let found = findings("vips = [\n  \"10.0.1.100\",\n]\n\(header)\na = 1\n")
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix("f.toml:4: not TOML: ") == true, "\(found)")
  }

  /// TOMLKit would call abort(3).
  @Test(arguments: ["1979-05-27Tx", "1979-", "1979-05-2", "07:", "07:32:0x", "1979-05-27 07:32:00+", "x"])
  func aDateThatIsNoneIsAnErrorAndNotTheEndOfTheProcess(_ value: String) {
    #expect(
      findings("vips = [\"10.0.1.100\"]\n\na = [\n  \(value)]\n").first?.hasPrefix("f.toml:4: not TOML: ")
        == true)
  }

  @Test func refusesAKeyThatIsThereTwice() {
    let lines = findings("vips = [\"10.0.1.100\"]\nvips = [\"10.0.1.101\"]\n")
    #expect(lines.first?.hasPrefix("f.toml:2: not TOML: ") == true, "\(lines)")
  }

  @Test func refusesWhatIsNotUTF8() {
    #expect(throws: ConfigurationError(file: "f.toml", reason: "is not UTF-8; save it as UTF-8")) {
      try Configuration(file: "f.toml", bytes: [0x76, 0xFF])
    }
  }

  @Test func showsNoControlCharacters() {
    let lines = findings("vips = [\"10.0.1.100\"]\n[vrrp]\nwitness = \"\\u001b[2J\\u202e\"\n\"\\u001b\" = 1")
    #expect(!lines.joined().unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{202E}" })
    #expect(lines.count == 2)
  }
}

/// The lines of the error that a file named f.toml with this text is refused with; none where it is accepted.
func findings(_ text: String) -> [String] {
  do throws(ConfigurationError) {
    _ = try Configuration(file: "f.toml", bytes: Array(text.utf8))
    return []
  } catch {
    return error.findings.map(\.description)
  }
}
