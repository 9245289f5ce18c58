import FoundationEssentials
import Glibc
import HTTPServer
import Testing

@Suite struct UnixSocketTests {
  let directory: TemporaryDirectory
  var path: String { directory.file("v.sock") }

  init() throws { directory = try TemporaryDirectory() }

  private func listen(permissions: UInt32 = 0o660, groupId: UInt32? = nil) throws -> HTTPListener {
    try describingListener(
      ListenerSettings(endpoint: .unix(path: path, permissions: permissions, groupId: groupId)))
  }

  @Test func curlIsAnsweredAndTheFileGoesWithTheListener() throws {
    let listener = try listen()
    #expect(shell("curl -sS --unix-socket \(path) http://localhost/a?b=c").hasPrefix("GET /a b=c 0 1"))
    #expect(shell("stat -c '%a %F' \(path)") == "660 socket\n")
    listener.stop()
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test(.enabled(if: geteuid() == 0, "changing a group needs root")) func groupAndModeAreSet() throws {
    let listener = try listen(permissions: 0o600, groupId: 4242)
    #expect(shell("stat -c '%a %g' \(path)") == "600 4242\n")
    listener.stop()
  }

  @Test func peerIsTheProcessThatConnected() throws {
    let listener = try HTTPListener(ListenerSettings(endpoint: .unix(path: path))) { request in
      HTTPResponse(status: 200, body: Array("\(request.peer)".utf8))
    }
    let client = try RawClient(path: path)
    client.send("GET / HTTP/1.0\r\n\r\n")
    let process = "processId: \(getpid()), userId: \(getuid()), groupId: \(getgid())"
    #expect(client.readAnswer()?.body.hasPrefix("unix(\(process), otherGroupIds: [") == true)
    listener.stop()
  }

  @Test(
    "its supplementary groups are the kernel's too, however many",
    .enabled(if: geteuid() == 0, "other groups need root"), arguments: [0, 1, 31, 32, 33, 500])
  func peersGroupsAreRead(count: Int) throws {
    _ = shell("chmod 755 \(directory.path)")
    let listener = try HTTPListener(
      ListenerSettings(endpoint: .unix(path: path, permissions: 0o666))
    ) { request in
      guard case .unix(_, let user, let group, let others) = request.peer else {
        return HTTPResponse(status: 500)
      }
      return HTTPResponse(status: 200, body: Array("\(user) \(group) \(others)".utf8))
    }
    let groups = (0..<count).map { 3000 + $0 }
    let option = count == 0 ? "--clear-groups" : "--groups \(groups.map(String.init).joined(separator: ","))"
    let answer = shell(
      "setpriv --reuid 2000 --regid 2001 \(option) curl -sS --unix-socket \(path) http://localhost/")
    #expect(answer == "2000 2001 \(groups)")
    listener.stop()
  }

  @Test("a socket that a dead daemon left is replaced") func staleSocketIsReplaced() throws {
    _ = shell("python3 -c 'import socket; s = socket.socket(socket.AF_UNIX); s.bind(\"\(path)\")'")
    #expect(FileManager.default.fileExists(atPath: path))
    let listener = try listen()
    #expect(shell("curl -sS --unix-socket \(path) http://localhost/").hasPrefix("GET /"))
    listener.stop()
  }

  @Test("a daemon that answers is left alone, and the error says so") func livingDaemonIsLeftAlone() throws {
    let first = try listen()
    #expect(throws: HTTPServerError.anotherDaemonAnswers(path: path)) { try listen() }
    #expect(shell("curl -sS --unix-socket \(path) http://localhost/").hasPrefix("GET /"))
    first.stop()
  }

  @Test("of many starts at the same moment exactly one gets the socket") func startsDoNotRace() async throws {
    let settings = ListenerSettings(endpoint: .unix(path: path))
    let listeners = await withTaskGroup(of: HTTPListener?.self) { group in
      for _ in 0..<16 { group.addTask { try? describingListener(settings) } }
      return await group.reduce(into: []) { $0 += [$1].compactMap { $0 } }
    }
    #expect(listeners.count == 1)
  }

  @Test("whoever may read the directory could hold its lock for good")
  func aLockThatSomebodyHoldsDelaysTheStartOnly() throws {
    let directory = unsafe open(directory.path, O_RDONLY | O_DIRECTORY)
    defer { close(directory) }
    #expect(flock(directory, LOCK_EX) == 0)
    var listener: HTTPListener?
    let took = try ContinuousClock().measure { listener = try listen() }
    #expect(took < .seconds(5))
    #expect(shell("curl -sS --unix-socket \(path) http://localhost/").hasPrefix("GET /"))
    listener?.stop()
  }

  @Test(
    "one user can't take all connections; root and the process's own user may",
    .enabled(if: geteuid() == 0, "other users need root"))
  func aUsersConnectionsAreLimited() throws {
    _ = shell("chmod 755 \(directory.path)")
    let listener = try describingListener(
      ListenerSettings(endpoint: .unix(path: path, permissions: 0o666), connectionsPerUser: 8))
    let crowd = """
      import socket, time
      def ask():
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(5)
        s.connect("\(path)")
        try:
          s.sendall(b"GET / HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n")
          return s, s.recv(4096)
        except ConnectionError:
          return s, b""
      kept = [ask() for _ in range(12)]
      print(sum(bool(answer) for _, answer in kept))
      kept = []
      end = time.monotonic() + 5
      while not (again := ask()[1]) and time.monotonic() < end:
        time.sleep(0.01)
      print(bool(again))
      """
    let program = directory.file("crowd.py")
    try crowd.write(toFile: program, atomically: true, encoding: .utf8)
    let python = "python3 \(program)"
    #expect(shell("setpriv --reuid 2000 --regid 2001 --clear-groups \(python)") == "8\nTrue\n")
    #expect(shell(python) == "12\nTrue\n")
    listener.stop()
  }

  @Test func somethingElseThereIsLeftAlone() throws {
    try "precious".write(toFile: path, atomically: false, encoding: .utf8)
    #expect(throws: HTTPServerError.self) { try listen() }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "precious")
  }

  @Test(arguments: ["", "dangling"]) func linksAreNotFollowed(_ target: String) throws {
    let target = directory.file(target.isEmpty ? "other.sock" : target)
    _ = shell("ln -s \(target) \(path)")
    #expect(throws: HTTPServerError.self) { try listen() }
    #expect(!FileManager.default.fileExists(atPath: target))
    #expect(shell("readlink \(path)") == target + "\n")
  }

  @Test("a directory that is a link, or that others may write to, is refused")
  func directoryMustBeOurs() throws {
    _ = shell("mkdir -m 755 \(directory.path)/real; ln -s real \(directory.path)/link")
    let linked = ListenerSettings(endpoint: .unix(path: directory.file("link/v.sock")))
    #expect(throws: HTTPServerError.self) { try describingListener(linked) }
    _ = shell("chmod 777 \(directory.path)")
    let error = #expect(throws: HTTPServerError.self) { try listen() }
    #expect(error?.description.contains("others may write to \(directory.path)") == true)
  }

  @Test("at stop a socket that is another daemon's by now stays") func stopLeavesAnothersSocket() throws {
    let listener = try listen()
    _ = shell("rm \(path); touch \(path)")
    listener.stop()
    #expect(FileManager.default.fileExists(atPath: path))
  }
}
