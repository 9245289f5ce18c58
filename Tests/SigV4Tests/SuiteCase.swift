import FoundationEssentials
import SigV4

// One case of AWS's signing test suite, in ../shared/vectors/sigv4 beside the repository.
struct SuiteCase: Sendable {
  private let name: String
  let request: SignableRequest
  let credentials: Credentials
  let scope: SigningScope
  let date: Date

  init(_ name: String) throws {
    self.name = name
    let context = try JSONDecoder().decode(
      Context.self, from: Data(contentsOf: Self.file(name, "context.json")))
    request = try parsedRequest(Self.text(name, "request.txt"))
    credentials = context.credentials.value
    scope = context.scope
    date = try Date(context.timestamp, strategy: .iso8601)
  }

  func expected(_ stage: String) throws -> String { try Self.text(name, "header-\(stage).txt") }

  // The request with the headers a signer adds before it signs.
  func prepared(_ additions: [(name: String, value: String)]) -> SignableRequest {
    var request = request
    request.headers += additions
    return request
  }

  static let folder = repositoryRoot().appending(path: "../shared/vectors/sigv4")
  static let names: [String] =
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path())) ?? [])
    .filter { FileManager.default.fileExists(atPath: file($0, "context.json").path()) }
    .sorted()
  static let isPresent = !names.isEmpty

  private static func file(_ name: String, _ file: String) -> URL {
    folder.appending(path: name).appending(path: file)
  }

  private static func text(_ name: String, _ file: String) throws -> String {
    String(decoding: try Data(contentsOf: self.file(name, file)), as: UTF8.self)
  }
}

func repositoryRoot(_ file: String = #filePath) -> URL {
  URL(filePath: file).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
}

private struct Context: Decodable {
  struct Keys: Decodable {
    let access_key_id: String
    let secret_access_key: String
    let token: String?

    var value: Credentials {
      Credentials(accessKeyId: access_key_id, secretAccessKey: secret_access_key, sessionToken: token)
    }
  }

  let credentials: Keys
  let region: String
  let service: String
  let timestamp: String
  let normalize: Bool
  let sign_body: Bool
  let omit_session_token: Bool?

  var scope: SigningScope {
    SigningScope(
      region: region, service: service, normalizePath: normalize, signBody: sign_body,
      omitSessionToken: omit_session_token ?? false)
  }
}

// The target may hold spaces and raw UTF-8; a line that begins with white space continues a header.
private func parsedRequest(_ text: String) -> SignableRequest {
  let parts = text.split(separator: "\n\n", maxSplits: 1, omittingEmptySubsequences: false)
  let lines = parts[0].split(separator: "\n")
  let method = lines[0].prefix { $0 != " " }
  let target = lines[0].dropFirst(method.count + 1).dropLast(" HTTP/1.1".count)
  let pathAndQuery = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
  var request = SignableRequest(method: String(method), path: String(pathAndQuery[0]), headers: [])
  request.query = pathAndQuery.count == 2 ? String(pathAndQuery[1]) : ""
  request.body = parts.count == 2 ? Array(parts[1].utf8) : []
  for line in lines.dropFirst() {
    if line.hasPrefix(" ") {
      request.headers[request.headers.count - 1].value += "\n" + line
    } else {
      let halves = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      request.headers.append((String(halves[0]), String(halves[1])))
    }
  }
  return request
}
