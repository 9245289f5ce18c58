import Testing

@testable import AWS

@Suite struct XMLReaderTests {
  private func read(_ text: String) throws(XMLError) -> XMLElement { try readXML(Array(text.utf8)) }

  @Test func readsElementsTextAndSets() throws {
    let root = try read("<a x='1'>\n <b> one &lt;&#233;&gt; </b><s><item>1</item><item/><other/></s></a>")
    #expect(root.name == "a")
    #expect(root.text("b") == "one <é>")
    #expect(root.items("s").map(\.text) == ["1", ""])
    #expect(root.text("b", "c") == nil)
  }

  @Test(arguments: [
    "<!DOCTYPE a><a/>", "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
    "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
    "<!DOCTYPE a [<!ENTITY x 'ha'><!ENTITY y '&x;&x;&x;&x;'>]><a>&y;</a>",
  ])
  func refusesDocumentTypes(text: String) {
    #expect(throws: XMLError.documentType) { try read(text) }
  }

  @Test func limitsTheDepth() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)
    }
    #expect(try read(nested(32)).name == "a")
    #expect(throws: XMLError.tooDeep(maximumDepth: 32)) { try read(nested(33)) }
    #expect(throws: XMLError.tooDeep(maximumDepth: 32)) {
      try read(String(repeating: "<a>", count: 300_000))
    }
  }

  @Test func limitsTheLength() throws {
    let room = XMLReader.maximumBytes - "<a></a>".utf8.count
    #expect(try read("<a>\(String(repeating: "x", count: room))</a>").text.count == room)
    #expect(throws: XMLError.tooLong(maximumBytes: 1 << 20)) {
      try read("<a>\(String(repeating: "x", count: room + 1))</a>")
    }
  }

  @Test(arguments: [
    "", "<a>", "<a></b>", "<a/><b/>", "text", "<a>&undefined;</a>", "<a>\u{0}</a>", "\u{feff}",
  ])
  func refusesWhatIsNotXML(text: String) {
    #expect { try read(text) } throws: {
      guard case .malformed = $0 as? XMLError else { return false }
      return true
    }
  }
}
