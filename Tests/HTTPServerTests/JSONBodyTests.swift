import HTTPServer
import Testing

@Suite struct JSONBodyTests {
  struct Body: JSONBodyKeys, Equatable {
    static let keys: Set = ["group", "seconds", "force", "uptime", "list"]
    var group: String?
    var seconds: Int?
    var force: Bool?
    var uptime: Double?
    var list: [String]?
  }

  private func decode(_ text: String) throws(Problem) -> Body {
    try JSONBody.decode(Body.self, from: Array(text.utf8))
  }

  @Test func rightBodiesAreRead() throws {
    #expect(try decode("{}") == Body())
    #expect(
      try decode(#" { "group" : "a\u00e4\ud83d\ude00\/" , "seconds":-3,"uptime":12.5e1,"force":true } "#)
        == Body(group: "a\u{E4}\u{1F600}/", seconds: -3, force: true, uptime: 125))
    #expect(try decode(#"{"list":["a","b"]}"#) == Body(list: ["a", "b"]))
  }

  @Test(arguments: [
    (#"{"group":null}"#, "group", "is null"),
    (#"{"list":["a"],"seconds": null }"#, "seconds", "is null"),
    (#"{"grup":"a"}"#, "grup", "is not known here"),
    (#"{"group":"a","group":"b"}"#, "group", "is there twice"),
    (#"{"group":"a","gr\u006fup":"b"}"#, "group", "is there twice"),
    (#"{"seconds":"3"}"#, "seconds", "must be a whole number"),
    (#"{"seconds":3.5}"#, "seconds", "number that is not possible"),
    (#"{"seconds":99999999999999999999}"#, "seconds", "number that is not possible"),
    (#"{"uptime":1e999}"#, "uptime", "number that is not possible"),
    (#"{"group":3}"#, "group", "must be a string"),
    (#"{"force":"yes"}"#, "force", "must be true or false"),
    (#"{"force":1}"#, "force", "must be true or false"),
    (#"{"uptime":true}"#, "uptime", "must be a number"),
    (#"{"list":["a",3]}"#, "list.1", "must be a string"),
    (#"{"list":"a"}"#, "list", "must be an array"),
  ])
  func fieldAtFaultIsNamed(_ body: String, _ field: String, _ fault: String) {
    let problem = #expect(throws: Problem.self) { try decode(body) }
    #expect(problem?.status == 400)
    #expect(problem?.detail.contains("\"\(field)\"") == true)
    #expect(problem?.detail.contains(fault) == true)
    #expect(problem?.members.first == .init("field", .string(field)))
  }

  @Test(arguments: [
    "", " ", "[]", "3", "\"a\"", "null", "{", "{}{}", "{} x", "{}\0", "\u{FEFF}{}", "{\"a\0\":1}",
    #"{"group":"a}"#,
    #"{"group":"a",}"#, #"{group:"a"}"#, #"{'group':'a'}"#, #"{"seconds":01}"#, #"{"seconds":+1}"#,
    #"{"seconds":1.}"#, #"{"seconds":.5}"#, #"{"uptime":NaN}"#, #"{"uptime":Infinity}"#, #"{"seconds":0x1}"#,
    #"{"group":"\x"}"#, #"{"group":"\ud800"}"#, #"{"group":"\udc00"}"#, #"{"group":"\u0000"}"#,
    "{\"group\":\"a\nb\"}", #"{"group":"a"/*c*/}"#, #"{"group":tru}"#, #"{"list":[1 2]}"#,
    "{\"group\" \"a\"}",
    #"{"list":[[[[[[[["too deep"]]]]]]]]}"#,
  ])
  func malformedBodiesAreRefused(_ body: String) {
    let problem = #expect(throws: Problem.self) { try decode(body) }
    #expect(problem?.status == 400)
  }

  @Test func onlyUTF8IsRead() {
    for bytes: [UInt8] in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xC3]] {
      let body = Array(#"{"group":""#.utf8) + bytes + Array(#""}"#.utf8)
      #expect(throws: Problem.self) { try JSONBody.decode(Body.self, from: body) }
    }
    let utf16 = Array(#"{"group":"a"}"#.utf16).flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    #expect(throws: Problem.self) { try JSONBody.decode(Body.self, from: utf16) }
  }

  @Test("depth 8 is the deepest") func depth() throws {
    struct Deep: JSONBodyKeys {
      static let keys: Set = ["list"]
      let list: [[[[[[[Int]]]]]]]
    }
    #expect(throws: Never.self) {
      try JSONBody.decode(Deep.self, from: Array(#"{"list":[[[[[[[1]]]]]]]}"#.utf8))
    }
    let problem = #expect(throws: Problem.self) { try decode(#"{"list":[[[[[[[[1]]]]]]]]}"#) }
    #expect(problem?.detail.contains("deeper than 8") == true)
  }

  @Test("text far deeper than the stack is refused, not followed") func depthBomb() {
    let bomb = [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)
    #expect(throws: Problem.self) { try JSONBody.decode(Body.self, from: Array(#"{"list":"#.utf8) + bomb) }
  }

  @Test(arguments: [
    ("application/json", true), ("Application/JSON; charset=UTF-8", true),
    ("application/json;charset=\"utf-8\"", true),
    ("text/plain", false), ("application/json; charset=latin1", false), ("application/jsonx", false),
    ("", false),
  ])
  func contentTypeMustBeJSON(_ type: String, _ passes: Bool) {
    let request = HTTPRequest(
      method: "POST", path: "/", headers: [("content-type", type)], peer: .tcp(address: "127.0.0.1"))
    let problem = passes ? nil : #expect(throws: Problem.self) { try request.requireJSONContentType() }
    if passes { #expect(throws: Never.self) { try request.requireJSONContentType() } }
    #expect(problem?.status == (passes ? nil : 415))
  }
}
