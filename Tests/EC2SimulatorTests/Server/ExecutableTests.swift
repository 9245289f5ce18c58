import FoundationEssentials
import Testing

@testable import EC2Simulator

/// ec2sim lies beside the test program.
private let program =
  ((try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "/")
  .split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/ec2sim"

/// The program ec2sim as the demo and tests of other modules start it.
@Suite(.enabled(if: Command.succeeds("test -x '\(program)'"), "ec2sim is not built"))
struct ExecutableTests {
  @Test(arguments: ["TERM", "INT"])
  func printsOneLineWhenReadyAndEndsOnASignal(signal: String) async throws {
    // A client hangs in a fault's delay while the signal comes.
    let script = """
      import json, subprocess, sys, threading, time, urllib.request
      sim = subprocess.Popen([sys.argv[1], "--ready-file", sys.argv[2]], stdout=subprocess.PIPE, text=True)
      line = sim.stdout.readline()
      ends = json.loads(line)
      assert line == open(sys.argv[2]).read() and set(ends["imds"]) == {"router-a", "router-b"}
      def post(path, body):
        request = urllib.request.Request(ends["control"] + path, json.dumps(body).encode(),
                                         {"Content-Type": "application/json"})
        return urllib.request.urlopen(request)
      post("/faults", {"service": "ping", "delayBeforeMilliseconds": 600000})
      def ping():
        try: urllib.request.urlopen(ends["ec2"] + "/ping")
        except OSError: pass
      threading.Thread(target=ping, daemon=True).start()
      urllib.request.urlopen(ends["control"] + "/calls?service=ping&wait=10").read()
      begun = time.monotonic()
      sim.send_signal(int(sys.argv[3]))
      assert sim.wait(10) == 0 and sim.stdout.read() == ""
      assert time.monotonic() - begun < 3
      """
    let ready = "/tmp/ec2sim-ready-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: ready) }
    let number = signal == "TERM" ? "15" : "2"
    let result = await Command.run([Command.python, "-c", script, program, ready, number])
    #expect(result.status == 0, "\(result.output)")
  }

  @Test func printsATopologyThatItReads() async throws {
    let result = await Command.run([program, "--example"])
    #expect(try Topology(json: Array(result.output.utf8)) == .example)
  }

  @Test(arguments: [
    (["--listen", "0.0.0.0"], "never listens on all"), (["--topology", "/nonexistent"], "nonexistent"),
    (["--imds", "router-a"], "is not ROUTER=ADDRESS:PORT"),
    (["--imds", "router-z=127.0.0.1:0"], "no router router-z"),
    (["--tls-key", "/nonexistent"], "go together"), (["--listen", "localhost"], "no single IPv4 address"),
  ])
  func saysWhatIsWrong(arguments: [String], words: String) async {
    let result = await Command.run([program] + arguments)
    #expect(result.status != 0)
    #expect(result.output.contains(words), "\(result.output)")
  }
}
