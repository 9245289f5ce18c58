import Testing

@testable import AWS

@Suite struct ProfileSectionsTests {
  private func read(_ text: String) throws(ProfileError) -> [String: ProfileSections.Options] {
    let read = try ProfileSections(text, file: "/f")
    return Dictionary(read.sections.map { ($0.name, $0.options) }) { $1 }
  }

  @Test func readsSectionsCommentsAndValues() throws {
    let read = try read(
      """
      # a comment
      [default]
      AWS_Access_Key_Id=AKID ; part of the value
        ; a comment
      region : eu-central-1

      [profile a b]
      empty =
      """)
    #expect(
      read == [
        "default": [
          "aws_access_key_id": .text("AKID ; part of the value"), "region": .text("eu-central-1"),
        ],
        "profile a b": ["empty": .text("")],
      ])
  }

  @Test func readsLinesBelowAnEmptyValueAsPairs() throws {
    let read = try read("[services x]\nec2 =\n  endpoint_url = https://a=b\n  other=1\ns3 = v\n  w\n")
    #expect(
      read == [
        "services x": ["ec2": .nested(["endpoint_url": "https://a=b", "other": "1"]), "s3": .text("v\nw")]
      ])
  }

  @Test(arguments: [
    ("a = 1", 1), ("[a]\nb = 1\n[a]", 3), ("[a]\nb = 1\nB = 2", 3), ("[a]\n\n# c\nb", 4), ("[a]\n= 1", 2),
    ("[]", 1),
    ("[a]\nb =\n  no pair", 2), ("\u{feff}[a]", 1),
  ])
  func namesTheLineThatIsWrong(_ text: String, _ line: Int) {
    let error = #expect(throws: ProfileError.self) { try read(text) }
    guard case .syntax("/f", line, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func anErrorQuotesNoValue() {
    for text in ["[a]\nk = s3cret\nk = s3cret", "[a]\ns3cret", "[a]\nk =\n  s3cret", "s3cret"] {
      let error = #expect(throws: ProfileError.self) { try read(text) }
      #expect(error?.description.contains("s3cret") == false)
    }
  }

  // Needs Python with botocore (pip).
  @Test(.enabled(if: ProfileBotocore.isPresent, "python3 can't import botocore"))
  func readsFilesAsBotocoreDoes() throws {
    let texts = writtenFiles + (0..<1000).map { _ in randomFile() }
    let expected: [[String: [String: Setting]]?] = try ProfileBotocore.ask("sections", texts)
    #expect(expected.count { $0 != nil } > 100, "some can be read")
    #expect(expected.count { $0 == nil } > 100, "some can't")
    for (text, sections) in zip(texts, expected) {
      #expect((try? read(text)) == sections?.mapValues { $0.mapValues(\.value) }, "\(text)")
    }
  }
}

private enum Setting: Decodable {
  case text(String)
  case nested([String: String])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let text = try? container.decode(String.self) {
      self = .text(text)
    } else {
      self = .nested(try container.decode([String: String].self))
    }
  }

  var value: ProfileSections.Value {
    switch self {
    case .text(let text): .text(text)
    case .nested(let pairs): .nested(pairs)
    }
  }
}

private func randomFile() -> String {
  let lines = [
    "[default]", "[profile a]", "[profile \"b c\"]", "  [services x]", "[services y] # z", "[a]b]", "[]",
    "# c",
    "; c", "  # c", "", "   ", "\t", "key = value", "key2=value # not a comment", "KEY3 : v", "k4 =", "k5=",
    "  endpoint_url = https://h", "\tn = 1", "    deep = 2", "  continued", " :", "=", "no pair",
    "k6 = a = b: c",
    "k7 = \u{e4}\u{1F600}", "k8 = x\r", "k9 =\r", "  m = 1\r", "k10 = [x]", "[x", "\u{a0}k11 = 1",
  ]
  let start = ["[default]", "[profile q]", ""].randomElement() ?? ""
  return ([start] + (0..<Int.random(in: 0...9)).compactMap { _ in lines.randomElement() }).joined(
    separator: "\n")
}

private let writtenFiles = [
  "", "\n\n", "# only a comment", "[default]", "[default]\n", "[default]\r\naws_access_key_id = A\r\n",
  "[default]\naws_access_key_id = A\naws_secret_access_key = S/+=\naws_session_token = T==\n",
  "[default]\nregion=eu-central-1\noutput=json\n\n[profile p]\nregion = us-east-1\n",
  "[profile p]\ncredential_process = /bin/x --a 'b c' \"d\"\n", "[default]\nregion = a\n b\n c\n",
  "[default]\nregion = a\n\n b\n", "[default]\nregion = a\n# x\n b\n", "[default]\nregion = a\n ; x\n b\n",
  "[default]\n  region = a\n  output = b\n", "[default]\n  region = a\n output = b\n",
  "[default]\n  region = a\n    b\n",
  "[services s]\nec2 =\n  endpoint_url = https://e\ns3 =\n  endpoint_url = https://s\n  a = b\n",
  "[services s]\nec2 =\n\n  endpoint_url = https://e\n\n\n[default]\nservices = s\n",
  "[services s]\nec2 =\n  endpoint_url = https://e\n  # c\n  a = b\n", "[default]\ns3 =\n  a\n",
  "[default]\ns3 = \n  a = 1\n  a = 2\n", "[sso-session x]\nsso_region = a\n",
  "[profile \"a\tb\"]\nregion = x\n",
  "[default]\nregion = %(x)s $HOME ~\n", "[default]\nregion = \"quoted\"\n", "[default]\nregion\n",
  "region = a\n",
  "[default]\n[default]\n", "[default]\na = 1\na = 2\n", "[default]\na = 1\nA = 2\n",
  "[default] trailing\na = 1\n",
  "[ default ]\na = 1\n", "[default]\na.b-c d = 1\n", "[default]\na := 1\n", "[default]\na =: 1\n",
  "[default]\na == 1\n",
  "[default]\n\u{e4} = \u{df}\n", "[default]\na = 1\n[", "\u{feff}[default]\na = 1\n",
  "  [default]\n  a = 1\n b = 2\n",
]
