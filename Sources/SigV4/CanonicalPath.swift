// The path is encoded once more than on the wire: all services but S3 sign it so.
func canonicalPath(_ path: String, normalize: Bool) -> String {
  let resolved = normalize ? normalized(path) : (path.isEmpty ? "/" : path)
  return String(decoding: percentEncoded(Array(resolved.utf8), keeping: [UInt8(ascii: "/")]), as: UTF8.self)
}

// RFC 3986, section 5.2.4, with empty segments dropped, and AWS's reading of the end: only a slash there
// leaves a slash, not `/.` or `/..`.
private func normalized(_ path: String) -> String {
  var kept: [Substring] = []
  for segment in path.split(separator: "/") {
    switch segment {
    case ".": continue
    case "..": _ = kept.popLast()
    default: kept.append(segment)
    }
  }
  return "/" + kept.joined(separator: "/") + (path.hasSuffix("/") && !kept.isEmpty ? "/" : "")
}
