import Testing

@testable import vipad

struct SettingLocatorTests {
  private static let document = """
    # [aws] in a comment
    vips = [ # a list
      "10.0.1.100", # ]
      '10.0.1.101',
      \"\"\"
    10.0.1.102\"\"\", "10.0.1.103"]
    text = \"\"\"
    [aws]
    region = "not here"
    \\\"\"\" still
    \"\"\"\"
    other = '''
    [vrrp]'''
    aws.region . "a\\u0062.c" = { x = 1, "y" = [ {z = 1},
      {z = 2} ] }
    [ server ] # [x]
      listen\t= "x" # = y
    "socket" = 1979-05-27 07:32:00
    [[group]]
    name = "a"
    [[ group.leg ]]
    x = 1
    [[group.leg]]
    x = 2
    [group.leg.deep]
    y = 1
    [[group]]
    name = "b"
    [a.'b]'.c]
    """

  @Test(arguments: [
    ("vips", 2), ("vips[0]", 3), ("vips[1]", 4), ("vips[2]", 5), ("vips[3]", 6), ("text", 7), ("other", 12),
    ("aws", 14), ("aws.region", 14), ("aws.region.\"ab.c\"", 14), ("aws.region.\"ab.c\".x", 14),
    ("aws.region.\"ab.c\".y[0].z", 14), ("aws.region.\"ab.c\".y[1].z", 15), ("server", 16),
    ("server.listen", 17), ("server.socket", 18), ("group", 19), ("group[0]", 19), ("group[0].name", 20),
    ("group[0].leg[0].x", 22), ("group[0].leg[1].x", 24), ("group[0].leg[1].deep", 25),
    ("group[0].leg[1].deep.y", 26), ("group[1]", 27), ("group[1].name", 28), ("a.\"b]\".c", 29),
  ])
  func findsTheLine(of path: String, line: Int) throws {
    let found = try #require(Self.paths[path], "\(Self.paths.keys.sorted())")
    #expect(SettingLocator(Self.document).line(of: found) == line)
  }

  @Test func givesTheTableForAKeyThatIsNotThere() {
    let locator = SettingLocator(Self.document)
    #expect(locator.line(of: .root + "server" + "tokenFile") == 16)
    #expect(locator.line(of: .root + "group" + 1 + "vips") == 27)
    #expect(locator.line(of: .root + "state" + "directory") == 1)
  }

  @Test func countsLinesThatEndInCRLF() {
    let locator = SettingLocator("\u{FEFF}a = 1\r\n\r\n[b]\r\nc = '''x\r\ny'''\r\nd = 2")
    #expect(locator.line(of: .root + "a") == 1)
    #expect(locator.line(of: .root + "b" + "c") == 4)
    #expect(locator.line(of: .root + "b" + "d") == 6)
  }

  @Test(arguments: [
    "[", "[[", "a", "a =", "a = [", "a = {", "a = {b", "\"", "a = \"\"\"", "]", "=", ",", "a = [}", "\\",
  ])
  func endsOnADocumentThatIsNone(_ text: String) {
    #expect(SettingLocator(text).line(of: .root + "a") == 1)
  }

  /// Paths as the operator reads them, so that the table above stays legible.
  private static let paths: [String: SettingPath] = {
    let region = SettingPath.root + "aws" + "region" + "ab.c"
    let group = SettingPath.root + "group"
    let leg = group + 0 + "leg"
    let all: [SettingPath] =
      (0...3).map { .root + "vips" + $0 } + [
        .root + "vips", .root + "text", .root + "other", .root + "aws", .root + "aws" + "region", region,
        region + "x", region + "y" + 0 + "z", region + "y" + 1 + "z", .root + "server",
        .root + "server" + "listen",
        .root + "server" + "socket", group, group + 0, group + 0 + "name", leg + 0 + "x", leg + 1 + "x",
        leg + 1 + "deep", leg + 1 + "deep" + "y", group + 1, group + 1 + "name", .root + "a" + "b]" + "c",
      ]
    return Dictionary(uniqueKeysWithValues: all.map { ($0.description, $0) })
  }()
}
