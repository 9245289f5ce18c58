struct CanonicalHeaders {
  let lines: String
  let signedHeaders: String

  // Given names are those of a received signature; without them all headers that may be signed are.
  init(_ headers: [(name: String, value: String)], signing names: [String]?) {
    var values: [String: [String]] = [:]
    for header in headers {
      values[header.name.lowercased(), default: []].append(collapsed(header.value))
    }
    let chosen = names?.map { $0.lowercased() } ?? values.keys.filter { !unsignableHeaders.contains($0) }
    let sorted = chosen.sorted()
    lines = sorted.map { "\($0):\((values[$0] ?? []).joined(separator: ","))\n" }.joined()
    signedHeaders = sorted.joined(separator: ";")
  }
}

// Proxies and libraries add, drop or rewrite these on the way.
private let unsignableHeaders: Set<String> = [
  "authorization", "connection", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization",
  "te", "trailer", "transfer-encoding", "upgrade", "user-agent", "x-amzn-trace-id",
]

// White space around a value goes; inside it becomes one space, line folds too.
private func collapsed(_ value: String) -> String {
  value.split { $0 == " " || $0 == "\t" || $0.isNewline }.joined(separator: " ")
}
