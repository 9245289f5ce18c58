import FoundationEssentials
import Glibc

// Cases written by others, in ../shared/vectors/aws beside the repository.
enum EndpointVectors {
  static func isPresent(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: file(name).path())
  }

  static func decode<Value: Decodable>(_ type: Value.Type, _ name: String) throws -> Value {
    try JSONDecoder().decode(type, from: Data(contentsOf: file(name)))
  }

  private static func file(_ name: String) -> URL {
    testFolder().appending(path: "../../../shared/vectors/aws").appending(path: name)
  }

  static func testFolder(_ file: String = #filePath) -> URL {
    URL(filePath: file).deletingLastPathComponent()
  }
}

// AWS's own library, asked through a script beside this file: `profile_botocore.py MODE`, JSON in, JSON out.
enum ProfileBotocore {
  static let isPresent = (try? run(["-c", "import botocore"], input: Data())) != nil

  static func ask<Answer: Decodable>(
    _ mode: String, _ question: some Encodable, as type: Answer.Type = Answer.self
  ) throws -> Answer {
    let script = EndpointVectors.testFolder().appending(path: "profile_botocore.py").path()
    return try JSONDecoder().decode(type, from: run([script, mode], input: JSONEncoder().encode(question)))
  }

  private static func run(_ arguments: [String], input: Data) throws -> Data {
    let python = ProcessInfo.processInfo.environment["VIPAD_PYTHON"] ?? "python3"
    let files = try CredentialFiles()
    let inputPath = try files.write("input.json", String(decoding: input, as: UTF8.self))
    let words = ([python] + arguments).map { "'\($0)'" }.joined(separator: " ")
    guard let pipe = unsafe popen("\(words) <\(inputPath)", "r") else { throw Failed(command: words) }
    var output = Data()
    var buffer = [UInt8](repeating: 0, count: 65536)
    while case let count = unsafe fread(&buffer, 1, buffer.count, pipe), count > 0 {
      output.append(contentsOf: buffer[..<count])
    }
    guard unsafe pclose(pipe) == 0 else { throw Failed(command: words) }
    return output
  }

  struct Failed: Error {
    let command: String
  }
}

// A directory with AWS files and programs, gone when the test lets go of it.
final class CredentialFiles: Sendable {
  let directory: String

  init() throws {
    directory = temporaryDirectory() + "/vipad-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: directory)
  }

  @discardableResult
  func write(_ name: String, _ text: String, permissions: Int = 0o600) throws -> String {
    let path = "\(directory)/\(name)"
    try Data(text.utf8).write(to: URL(filePath: path))
    try FileManager.default.setAttributes([.posixPermissions: permissions], ofItemAtPath: path)
    return path
  }

  // The words that run a shell script. Not the file itself: another test that starts a program at the same
  // moment may hold it open for writing, and exec(2) then says "Text file busy".
  func script(_ body: String) throws -> String {
    "/bin/sh \(try write("program-\(UUID().uuidString)", body + "\n"))"
  }

  // An environment in which nothing is found but what the test puts there.
  func environment(_ more: [String: String] = [:]) -> [String: String] {
    let own = [
      "HOME": directory, "AWS_CONFIG_FILE": "\(directory)/config",
      "AWS_SHARED_CREDENTIALS_FILE": "\(directory)/credentials", "PATH": "/usr/bin:/bin",
    ]
    return own.merging(more) { $1 }
  }
}

private func temporaryDirectory() -> String {
  ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
}
