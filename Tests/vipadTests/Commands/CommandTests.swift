import FoundationEssentials
import HTTPServer
import Synchronization
import SystemPackage
import Testing

@testable import vipad

/// The real command line against a server that answers as the daemon does, over a real socket.
@Suite(.serialized)
struct CommandTests {
  @Test func printsStatusInAPipeAsLinesAndWithJsonAsItIs() throws {
    try withDirectory { directory in
      let body = "{\"verdict\":\"standby\",\"version\":\"0.1.0\"}"
      let server = try Recorder(directory, status: 200, body: body)
      let plain = try vipad("status", "--socket", server.socket, in: directory)
      #expect(plain.exitCode == 0)
      #expect(plain.output == "verdict=standby ready=- version=0.1.0 startedAt=- changedAt=-\n")
      let json = try vipad("status", "--json", "--socket", server.socket, in: directory)
      #expect(json == VipadResult(exitCode: 0, output: body + "\n", errors: ""))
      #expect(server.requests.map(\.path) == ["/status", "/status"])
    }
  }

  @Test func sendsAClaimAsTheOperator() throws {
    try withDirectory { directory in
      let answer =
        "{\"claimId\":\"c1\",\"group\":\"inside\",\"state\":\"accepted\",\"vips\":[\"10.0.1.1\",\"10.0.1.2\"]}"
      let server = try Recorder(directory, status: 200, body: answer)
      let result = try vipad(
        "claim", "--wait", "5", "--group", "inside", "--socket", server.socket, in: directory)
      let line = "claimId=c1 group=inside state=accepted vips=10.0.1.1,10.0.1.2\n"
      #expect(result == VipadResult(exitCode: 0, output: line, errors: ""))
      let request = try #require(server.requests.first)
      #expect(request.method == "POST" && request.path == "/claim" && request.rawQuery == "wait=5")
      #expect(request.header("Content-Type") == "application/json")
      #expect(JSONValue(request.body) == .object(["cause": .text("operator"), "group": .text("inside")]))
    }
  }

  @Test func sendsForceAndStandby() throws {
    try withDirectory { directory in
      let server = try Recorder(directory, status: 200, body: "{\"group\":\"default\",\"state\":\"FAULT\"}")
      _ = try vipad("claim", "--force", "--socket", server.socket, in: directory)
      let standby = try vipad("standby", "--state", "FAULT", "--socket", server.socket, in: directory)
      #expect(standby == VipadResult(exitCode: 0, output: "group=default state=FAULT\n", errors: ""))
      #expect(
        server.requests.map { JSONValue($0.body) } == [
          .object(["cause": .text("operator"), "force": .boolean(true)]),
          .object(["cause": .text("operator"), "state": .text("FAULT")]),
        ])
      #expect(server.requests.map(\.rawQuery) == ["", ""])
    }
  }

  @Test func aClaimStillPendingAfterTheWaitIsNotDone() throws {
    try withDirectory { directory in
      let server = try Recorder(directory, status: 202, body: "{\"claimId\":\"c1\",\"state\":\"pending\"}")
      let waited = try vipad("claim", "--wait", "1", "--socket", server.socket, in: directory)
      #expect(waited.exitCode == 1)
      #expect(
        waited.errors == "vipad: EC2 has not accepted within 1 s; the claim goes on, see: vipad status\n")
      #expect(try vipad("claim", "--socket", server.socket, in: directory).exitCode == 0)
    }
  }

  @Test func showsTheDaemonsCauseAndRemedy() throws {
    try withDirectory { directory in
      let body =
        "{\"title\":\"Not MASTER\",\"status\":409,\"detail\":\"VRRP says BACKUP\",\"remedy\":\"move VRRP\"}"
      let server = try Recorder(directory, status: 409, body: body)
      let plain = try vipad("claim", "--socket", server.socket, in: directory)
      let words = "vipad: Not MASTER: VRRP says BACKUP\n  remedy: move VRRP\n"
      #expect(plain == VipadResult(exitCode: 1, output: "", errors: words))
      let json = try vipad("claim", "--json", "--socket", server.socket, in: directory)
      #expect(json == VipadResult(exitCode: 1, output: body + "\n", errors: words))
    }
  }

  @Test func saysThatTheDaemonIsNotRunning() throws {
    try withDirectory { directory in
      let socket = directory.appending("s").string
      let absent = try vipad("whoami", "--socket", socket, in: directory)
      #expect(
        absent.errors
          == "vipad: the daemon is not running: there is no socket \(socket); see: systemctl status vipad\n")
      #expect(absent.exitCode == 1)
      try write("", to: FilePath(socket))
      let dead = try vipad("whoami", "--socket", socket, in: directory)
      #expect(
        dead.errors
          == "vipad: the daemon is not running: nobody answers at \(socket); see: systemctl status vipad\n")
      #expect(dead.exitCode == 1)
    }
  }

  @Test func findsTheSocketInTheConfiguration() throws {
    try withDirectory { directory in
      let server = try Recorder(directory, status: 200, body: "{}")
      let file = try write(
        "vips = [\"10.0.1.100\"]\nserver.socket = \"\(server.socket)\"\n",
        to: directory.appending("vipad.toml"))
      #expect(try vipad("whoami", "--config", file.string, in: directory).exitCode == 0)
      #expect(try vipad("whoami", in: directory, environment: ["VIPAD_CONFIG": file.string]).exitCode == 0)
      #expect(server.requests.map(\.path) == ["/whoami", "/whoami"])
    }
  }

  @Test(arguments: ["serve", "status", "claim", "standby", "whoami"])
  func aWrongConfigurationExitsWith2(_ command: String) throws {
    try withDirectory { directory in
      let file = try write("vips = [\"10.0.1.100\"]\nguard = 1\n", to: directory.appending("vipad.toml"))
      let result = try vipad(command, "--config", file.string, in: directory)
      #expect(result.exitCode == 2)
      #expect(result.errors.hasPrefix("\(file):2: guard: unknown key; known here: vips, aws, "))
    }
  }

  @Test func wrongUsageExitsWith2() throws {
    try withDirectory { directory in
      let result = try vipad("claim", "--wait", "100", in: directory)
      #expect(result.exitCode == 2)
      #expect(result.errors.hasPrefix("Error: --wait takes 0 to 60 seconds, not 100.\n"))
    }
  }

  @Test func printsItsVersion() throws {
    try withDirectory { directory in
      let result = try vipad("--version", in: directory)
      #expect(result == VipadResult(exitCode: 0, output: "\(Vipad.version)\n", errors: ""))
    }
  }

  @Test func anAnswerThatCannotBePrintedIsNoSuccess() throws {
    try withDirectory { directory in
      let server = try Recorder(directory, status: 200, body: "{}")
      let result = try vipad("status", "--socket", server.socket, in: directory, output: "/dev/full")
      #expect(result.exitCode == 1)
      #expect(result.errors == "vipad: standard output can't be written: No space left on device\n")
    }
  }

  @Test func aBrokenAuditLogExitsWith1AndNamesTheLine() throws {
    try withDirectory { directory in
      let log = try write("{\"seq\":1}\n", to: directory.appending("audit.jsonl"))
      let result = try vipad("audit", "verify", log.string, in: directory)
      #expect(result.exitCode == 1)
      #expect(result.errors.isEmpty)
      #expect(result.output.hasPrefix("verified=false "))
      #expect(result.output.contains("\nproblem: \(log):1: "))
    }
  }

  @Test func anAuditLogThatIsNotThereIsAFailure() throws {
    try withDirectory { directory in
      let log = directory.appending("audit.jsonl").string
      for command in ["verify", "tail"] {
        let result = try vipad("audit", command, log, in: directory)
        #expect(result.exitCode == 1)
        #expect(result.errors.hasPrefix("vipad: "), "\(result)")
        #expect(result.errors.contains(log), "\(result)")
      }
    }
  }
}

/// Answers everything with one recorded answer and keeps what it was asked.
private final class Recorder {
  let socket: String
  private let listener: HTTPListener
  private let seen = Requests()

  var requests: [HTTPRequest] { seen.all.withLock { $0 } }

  init(_ directory: FilePath, status: Int, body: String) throws {
    socket = directory.appending("s").string
    listener = try HTTPListener(ListenerSettings(endpoint: .unix(path: socket))) { [seen] request in
      seen.all.withLock { $0.append(request) }
      return HTTPResponse(
        status: status, headers: [(name: "Content-Type", value: "application/json")], body: Array(body.utf8))
    }
  }

  deinit { _ = listener.stop() }

  private final class Requests: Sendable {
    let all = Mutex<[HTTPRequest]>([])
  }
}
