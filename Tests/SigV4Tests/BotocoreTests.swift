import FoundationEssentials
import Glibc
import SigV4
import Testing

@Suite struct BotocoreTests {
  // Needs Python with botocore (pip): AWS's own signer.
  @Test(.enabled(if: Python.imports("botocore"), "python3 can't import botocore"))
  func signsRandomRequestsAsBotocoreDoes() throws {
    let script = repositoryRoot().appending(path: "Tests/SigV4Tests/botocore_signatures.py")
    let seed = UInt32.random(in: 0...UInt32.max)
    let output = try Python.run([script.path(), "1500", String(seed)])
    let cases = try JSONDecoder().decode([SignedByBotocore].self, from: output)
    #expect(cases.count == 1500)
    let different = cases.filter { $0.signedHere != $0.authorization }.map { "\($0.method) \($0.path)" }
    #expect(different == [], "seed \(seed)")
    #expect(
      cases.allSatisfy { SigningTime(Date(timeIntervalSince1970: Double($0.seconds))).timestamp == $0.date })
  }
}

private struct SignedByBotocore: Decodable {
  let method: String
  let path: String
  let query: String
  let headers: [[String]]
  let body: String
  let region: String
  let seconds: Int
  let accessKeyId: String
  let secretAccessKey: String
  let sessionToken: String?
  let authorization: String
  let date: String

  var signedHere: String? {
    let request = SignableRequest(
      method: method, path: path, query: query, headers: headers.map { ($0[0], $0[1]) },
      body: Array(body.utf8))
    let credentials = Credentials(
      accessKeyId: accessKeyId, secretAccessKey: secretAccessKey, sessionToken: sessionToken)
    return sign(
      request, with: credentials, scope: SigningScope(region: region, service: "ec2"),
      at: Date(timeIntervalSince1970: Double(seconds))
    ).last?.value
  }
}

// Runs the interpreter of $VIPAD_PYTHON, else python3.
enum Python {
  static func imports(_ module: String) -> Bool {
    (try? run(["-c", "import \(module)"])) != nil
  }

  static func run(_ arguments: [String]) throws -> Data {
    let python = ProcessInfo.processInfo.environment["VIPAD_PYTHON"] ?? "python3"
    let command = ([python] + arguments).map { "'\($0)'" }.joined(separator: " ")
    guard let pipe = unsafe popen(command, "r") else { throw Failed(command: command) }
    var output = Data()
    var buffer = [UInt8](repeating: 0, count: 65536)
    while case let count = unsafe fread(&buffer, 1, buffer.count, pipe), count > 0 {
      output.append(contentsOf: buffer[..<count])
    }
    guard unsafe pclose(pipe) == 0 else { throw Failed(command: command) }
    return output
  }

  struct Failed: Error {
    let command: String
  }
}
