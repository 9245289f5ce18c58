import Glibc
import HTTPServer
import SystemPackage
import Testing

@testable import vipad

/// Who may ask for what, as a table.
struct AccessTests {
  typealias Fields = [(name: String, value: String)]

  static let socket = SocketRights(userId: 900, group: UserGroup(id: 994, name: "vipad"))

  struct Caller: Sendable, CustomTestStringConvertible {
    let user: UInt32
    let group: UInt32
    var others: [UInt32] = []
    let readers: SocketRights.Readers
    let mayRead: Bool
    let mayAct: Bool
    var testDescription: String { "\(user) \(group) \(others) \(readers)" }
  }

  static let team = SocketRights.Readers.group(UserGroup(id: 50, name: "team"))

  static let callers = [
    Caller(user: 0, group: 0, readers: .actors, mayRead: true, mayAct: true),
    Caller(user: 0, group: 77, readers: team, mayRead: true, mayAct: true),
    Caller(user: 900, group: 77, readers: .actors, mayRead: true, mayAct: true),
    Caller(user: 1000, group: 994, readers: .actors, mayRead: true, mayAct: true),
    Caller(user: 1000, group: 1000, others: [4, 994], readers: .actors, mayRead: true, mayAct: true),
    Caller(user: 1000, group: 1000, others: [4, 27], readers: .actors, mayRead: false, mayAct: false),
    Caller(user: 1000, group: 1000, readers: .everyone, mayRead: true, mayAct: false),
    Caller(user: 1000, group: 50, readers: team, mayRead: true, mayAct: false),
    Caller(user: 1000, group: 1000, others: [50], readers: team, mayRead: true, mayAct: false),
    Caller(user: 1000, group: 1000, others: [51], readers: team, mayRead: false, mayAct: false),
    Caller(user: 994, group: 1000, readers: .actors, mayRead: false, mayAct: false),
    // What SO_PEERCRED says where it says nothing.
    Caller(user: .max, group: .max, readers: .actors, mayRead: false, mayAct: false),
    Caller(user: .max, group: .max, readers: team, mayRead: false, mayAct: false),
  ]

  @Test(arguments: callers) func theKernelTellsWhoIsOnTheSocket(_ caller: Caller) {
    var rights = Self.socket
    rights.readers = caller.readers
    let access = Access(.socket(rights))
    let request = request(
      peer: .unix(
        processId: 1, userId: caller.user, groupId: caller.group, otherGroupIds: caller.others))
    #expect(status { () throws(Problem) in try access.admit(request) } == (caller.mayRead ? nil : 403))
    #expect(status { () throws(Problem) in try access.mayAct(request) } == (caller.mayAct ? nil : 403))
  }

  @Test func aRefusalNamesCauseAndRemedy() throws {
    let access = Access(.socket(Self.socket))
    let stranger = request(peer: .unix(processId: 1, userId: 1000, groupId: 1000))
    let act = try #require(problem { () throws(Problem) in try access.mayAct(stranger) })
    #expect(act.detail.contains("user 1000") && act.detail.contains("group vipad (994)"))
    #expect(act.remedy?.contains("usermod -aG vipad USER") == true)
    let read = try #require(problem { () throws(Problem) in try access.admit(stranger) })
    #expect(read.remedy?.contains("readers = \"everyone\"") == true)
    let own = Access(.socket(SocketRights(userId: 0, group: UserGroup(id: 0, name: "root"))))
    let remedy = problem { () throws(Problem) in try own.mayAct(stranger) }?.remedy
    #expect(remedy?.contains("socketGroup") == true, "nobody is told to join root's group")
  }

  @Test func aTCPPeerIsNobodyOnTheSocket() {
    let access = Access(.socket(Self.socket))
    #expect(status { () throws(Problem) in try access.mayAct(request(peer: Self.local)) } == 403)
  }

  static let traces: [(Fields, isRefused: Bool)] = [
    ([], false),
    ([("User-Agent", "curl/8")], false),
    ([("Sec-Fetch-Site", "none")], false),
    ([("Sec-Fetch-Site", "None")], false),
    ([("Sec-Fetch-Site", "same-origin")], true),
    ([("Sec-Fetch-Site", "none"), ("sec-fetch-site", "cross-site")], true),
    ([("Origin", "null")], true),
    ([("oRiGiN", "http://127.0.0.1:8600")], true),
    ([("Referer", "http://localhost/")], true),
    ([("Via", "1.1 proxy")], true),
    ([("Forwarded", "for=1.2.3.4")], true),
    ([("X-Forwarded-For", "127.0.0.1")], true),
    ([("X-Forwarded-Host", "localhost")], true),
    ([("x-forwarded-proto", "https")], true),
    ([("X-Forwarded-Port", "443")], true),
    ([("X-Forwarded-Anything-New", "x")], true),
    ([("X-Forwarded", "x")], true),
  ]

  @Test(arguments: traces) func whatBrowsersAndProxiesAddIsRefusedOnEffects(fields: Fields, isRefused: Bool) {
    let access = Access(.socket(Self.socket))
    let request = request(peer: .unix(processId: 1, userId: 0, groupId: 0), fields: fields)
    #expect(status { () throws(Problem) in try access.mayAct(request) } == (isRefused ? 403 : nil))
    #expect(status { () throws(Problem) in try access.admit(request) } == nil, "reading is free")
  }

  static let hosts: [(host: String?, onTCP: Bool, onSocket: Bool)] = [
    ("127.0.0.1", true, true), ("localhost", true, true), ("[::1]", true, true), ("LocalHost", true, true),
    ("127.0.0.1:8600", true, true), ("localhost:8600", true, true), ("[::1]:8600", true, true),
    ("127.0.0.1:8601", false, true), ("localhost:1", false, true),
    ("localhost:08600", false, false), ("localhost:+8600", false, false), ("localhost:", false, false),
    ("localhost:99999", false, false), ("localhost:8600x", false, false),
    ("localhost:8600:8600", false, false),
    ("localhost.", false, false), ("localhost.example.com", false, false),
    ("127.0.0.1.example.com", false, false),
    ("localhosts", false, false), ("::1", false, false), ("{::1}", false, false), ("[::1", false, false),
    ("127.0.0.2", false, false), ("127.1", false, false), ("2130706433", false, false),
    ("0.0.0.0", false, false),
    ("example.com", false, false), ("user@localhost", false, false), ("localhost, localhost", false, false),
    ("", false, false), (nil, false, false),
  ]

  @Test(arguments: hosts) func hostMustBeExactlyThisMachine(host: String?, onTCP: Bool, onSocket: Bool) {
    let fields = host.map { [(name: "Host", value: $0)] } ?? []
    let tcp = HTTPRequest(method: "GET", path: "/status", headers: fields, peer: Self.local)
    #expect(tcp.namesThisHost(port: 8600) == onTCP)
    let root = Peer.unix(processId: 1, userId: 0, groupId: 0)
    let unix = HTTPRequest(method: "GET", path: "/status", headers: fields, peer: root)
    let access = Access(.socket(Self.socket))
    #expect(status { () throws(Problem) in try access.admit(unix) } == (onSocket ? nil : 421))
  }

  @Test func theTokenDecidesOverTCPAndANewOneReplacesIt() throws {
    try withDirectory { directory in
      let path = directory.appending("token").string
      let token = try Token(path: path, groupId: nil)
      let access = Access(.loopback(token, port: 8600))
      let first = try text(path)
      #expect(act(access, "Bearer \(first)") == nil)
      #expect(act(access, "bearer \(first)") == nil)
      try token.renew()
      let second = try text(path)
      #expect(first != second && second.utf8.count == 64)
      #expect(act(access, "Bearer \(second)") == nil)
      #expect(act(access, "Bearer \(first)") == 403)
      #expect(act(access, nil) == 401)
      #expect(act(access, "Basic \(second)") == 401)
      #expect(act(access, "Bearer \(second.dropLast())") == 403)
      #expect(act(access, "Bearer \(second.uppercased())x") == 403)
      #expect(act(access, "Bearer") == 401)
      let twice = [
        (name: "Authorization", value: "Bearer \(second)"), (name: "authorization", value: "Bearer x"),
      ]
      let request = request(peer: Self.local, fields: twice)
      #expect(status { () throws(Problem) in try access.mayAct(request) } == 400)
      #expect("\(token)".contains(second) == false)
    }
  }

  @Test func aTokenThatCannotBeWrittenLeavesTheOldOneInForce() throws {
    try withDirectory { directory in
      let path = directory.appending("token").string
      let token = try Token(path: path, groupId: nil)
      let first = try text(path)
      _ = unsafe chmod(directory.string, 0o777)
      #expect(throws: OwnFileError.self) { try token.renew() }
      #expect(token.matches(first))
      #expect(try text(path) == first)
    }
  }

  private static let local = Peer.tcp(address: "127.0.0.1")

  private func request(peer: Peer, fields: Fields = []) -> HTTPRequest {
    HTTPRequest(method: "POST", path: "/claim", headers: [("Host", "localhost")] + fields, peer: peer)
  }

  private func act(_ access: Access, _ authorization: String?) -> Int? {
    let fields = authorization.map { [(name: "Authorization", value: $0)] } ?? []
    let request = request(peer: Self.local, fields: fields)
    return status { () throws(Problem) in try access.mayAct(request) }
  }

  private func text(_ path: String) throws -> String {
    String(decoding: try readWhole(FilePath(path)).dropLast(), as: UTF8.self)
  }
}

/// The problem that something throws.
func problem(_ work: () throws(Problem) -> Void) -> Problem? {
  do throws(Problem) {
    try work()
    return nil
  } catch {
    return error
  }
}

/// The status of the problem that something throws.
func status(_ work: () throws(Problem) -> Void) -> Int? { problem(work)?.status }
