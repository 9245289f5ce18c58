import FoundationEssentials
import Testing

/// What `make fuzz` begins with and what it has found, with every `swift test`; one after the other, for two share the
/// listener of `RequestStreams`.
@Suite(.serialized) struct CorpusTests {
  private static let corpus = String(#filePath.dropLast("CorpusTests.swift".count)) + "Corpus"

  @Test(arguments: FuzzTarget.all.map(\.name))
  func everyKeptInputIsTakenAsItMust(name: String) throws {
    let target = try #require(FuzzTarget.all.first { $0.name == name })
    let files = try Self.files(of: name)
    try #require(files.count >= 4, "a corpus of \(files.count) files")
    for (file, input) in files {
      do throws(Broken) {
        try target.check(input)
      } catch {
        Issue.record("\(file): \(error)")
      }
    }
  }

  /// Whatever the scanner lets pass is JSON for Python too, with the same members, and what it finds no JSON is none.
  @Test func acceptedBodiesAreJSONForPython() throws {
    let files = try Self.files(of: "JSONBody")
    let verdicts = try JSONPeer.membersOfObjects(files.map(\.input))
    var accepted = 0
    for (file, verdict) in zip(files, verdicts) {
      switch JSONPeer.verdictByScanner(of: file.input) {
      case .members(let members):
        accepted += 1
        #expect(verdict == members, "\(file.name): Python finds \(verdict.debugDescription)")
      case .noJSON: #expect(verdict == nil, "\(file.name) is JSON for Python")
      case .notWanted: break
      }
    }
    #expect(accepted > 5)
  }

  /// Each of up to 4 bytes out of those that libmicrohttpd parts lines, names and values by, and another.
  @Test func everyShortEndOfAHeaderIsReadAsStrictly() throws {
    var ends: [[UInt8]] = [[]]
    for length in 1...4 {
      ends += ends.filter { $0.count == length - 1 }.flatMap { end in
        Array("\r\n\0:x".utf8).map { end + [$0] }
      }
    }
    for end in ends {
      for rest in ["", "GET /next HTTP/1.1\r\nHost: y\r\n\r\n"] {
        do throws(Broken) {
          try RequestStreams.shared.check(Array("GET / HTTP/1.1\r\nHost: x".utf8) + end + Array(rest.utf8))
        } catch {
          Issue.record("\(end): \(error)")
        }
      }
    }
  }

  @Test func everyFolderOfTheCorpusHasItsTarget() throws {
    let folders = try FileManager.default.contentsOfDirectory(atPath: Self.corpus)
    #expect(Set(folders) == Set(FuzzTarget.all.map(\.name)))
  }

  private static func files(of target: String) throws -> [(name: String, input: [UInt8])] {
    let folder = "\(corpus)/\(target)"
    return try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map { name in
      let data = try #require(FileManager.default.contents(atPath: "\(folder)/\(name)"))
      return (name: "\(target)/\(name)", input: Array(data))
    }
  }
}
