// Names and values are decoded, encoded AWS's way and sorted by their encoded bytes.
func canonicalQuery(_ query: String) -> String {
  let parameters = query.split(separator: "&").map(canonicalParameter)
  return parameters.sorted { ($0.name, $0.value) < ($1.name, $1.value) }
    .map { "\($0.name)=\($0.value)" }
    .joined(separator: "&")
}

private func canonicalParameter(_ parameter: Substring) -> (name: String, value: String) {
  let halves = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
  return (canonicalText(halves[0]), halves.count == 2 ? canonicalText(halves[1]) : "")
}

private func canonicalText(_ text: Substring) -> String {
  String(decoding: percentEncoded(percentDecoded(Array(text.utf8))), as: UTF8.self)
}
