/// A request that is refused before any handler sees it.
struct Refusal: Equatable {
  let status: Int
  let detail: String
  /// Whether the connection ends with it, because it is unsure where the next request begins.
  let closes: Bool

  /// What the client is told.
  var problem: Problem { Problem(status: status, detail: detail) }

  fileprivate static func closing(_ status: Int, _ detail: String) -> Refusal {
    Refusal(status: status, detail: detail, closes: true)
  }

  fileprivate static func keeping(_ status: Int, _ detail: String) -> Refusal {
    Refusal(status: status, detail: detail, closes: false)
  }
}

/// Refuses what the library lets pass: requests that another reader could take for something else.
///
/// Pure functions over values, so that they can be fuzzed. Source: RFC 9112 sections 2 to 6, RFC 9110.
struct RequestGuard {
  /// The longest request line and header together, in bytes.
  let maximumHeaderBytes: Int
  /// The longest body, in bytes.
  let maximumBodyBytes: Int

  /// Why the request is refused; nil lets it pass.
  func refusal(of head: RequestHead) -> Refusal? {
    guard let headers = head.headers else { return .closing(400, "a header value is not UTF-8") }
    return formRefusal(of: head)
      ?? fieldRefusal(of: headers)
      ?? framingRefusal(of: framing(of: headers), version: head.version)
      ?? sizeRefusal(of: head)
      ?? requestLineRefusal(of: head)
  }

  /// Bytes that the parse dropped (NUL, folded lines, bare line feeds, further spaces in the request line), and
  /// a request line that is none.
  private func formRefusal(of head: RequestHead) -> Refusal? {
    guard head.linesAreAdjacent, head.endsInNULs, head.headerBytes == head.rebuiltBytes else {
      return .closing(400, "the header has a NUL, a folded line, a bare line feed or a stray space")
    }
    // A bare carriage return ends a line for some readers: then it is unsure what was asked for.
    if !allBytes(of: head.target + head.version, { !isControl($0) }) {
      return .closing(400, "the request line has a control character")
    }
    if !isToken(head.method) { return .closing(400, "the method is not a token") }
    return isVisible(head.target) ? nil : .closing(400, "the request target has a byte that no URI has")
  }

  /// Header fields that are none.
  private func fieldRefusal(of headers: [(name: String, value: String)]) -> Refusal? {
    for (name, value) in headers {
      if !isToken(name) { return .closing(400, "the name of a header field is not a token") }
      if !isOneLine(value) {
        return .closing(400, "the value of header field \(name) has a control character")
      }
    }
    return nil
  }

  /// Doubt about where the body ends, or for which host the request is.
  private func framingRefusal(of framing: Framing, version: String) -> Refusal? {
    if framing.hosts > 1 { return .closing(400, "more than one Host header field") }
    if framing.contentLengths.count > 1 { return .closing(400, "more than one Content-Length header field") }
    if framing.hasTransferEncoding {
      return framing.contentLengths.isEmpty
        ? .closing(411, "Transfer-Encoding is not accepted: send Content-Length")
        : .closing(400, "Content-Length together with Transfer-Encoding")
    }
    if let refusal = lengthRefusal(of: framing.contentLengths.first) { return refusal }
    // It may have been hidden, as by a line that ends the header for the library alone.
    if framing.hosts == 0 && version != "HTTP/1.0" { return .closing(400, "no Host header field") }
    if framing.hasOtherExpectation { return .keeping(417, "the only Expect served is 100-continue") }
    return nil
  }

  /// A body that is too long, or whose length is no number.
  private func lengthRefusal(of contentLength: String?) -> Refusal? {
    guard let contentLength else { return nil }
    guard contentLength.utf8.allSatisfy({ (0x30...0x39).contains($0) }), !contentLength.isEmpty else {
      return .closing(400, "Content-Length is not a number")
    }
    if let length = Int(contentLength), length <= maximumBodyBytes { return nil }
    return .closing(413, "the body is longer than \(maximumBodyBytes) bytes")
  }

  private func sizeRefusal(of head: RequestHead) -> Refusal? {
    head.headerBytes <= maximumHeaderBytes
      ? nil : .keeping(431, "the header is longer than \(maximumHeaderBytes) bytes")
  }

  private func requestLineRefusal(of head: RequestHead) -> Refusal? {
    if head.version != "HTTP/1.1" && head.version != "HTTP/1.0" {
      return .keeping(505, "the only versions served are HTTP/1.1 and HTTP/1.0")
    }
    if !isKnown(method: head.method) { return .keeping(501, "the method is not known here") }
    return hasWholeEscapes(head.target)
      ? nil : .keeping(400, "the request target has an escape that no URI has")
  }
}

/// Whether a method gets as far as the routes, which answer 405 where they don't serve it.
private func isKnown(method: String) -> Bool {
  switch method {
  case "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT": true
  default: false
  }
}

/// The header fields that say where a request ends and whom it is for.
private struct Framing {
  var hosts = 0
  var contentLengths: [String] = []
  var hasTransferEncoding = false
  var hasOtherExpectation = false
}

private func framing(of headers: [(name: String, value: String)]) -> Framing {
  var framing = Framing()
  for (name, value) in headers {
    // The length first: it settles nearly all names without comparing them.
    switch name.utf8.count {
    case 4 where equalIgnoringCase(name, "Host"): framing.hosts += 1
    case 14 where equalIgnoringCase(name, "Content-Length"): framing.contentLengths.append(value)
    case 17 where equalIgnoringCase(name, "Transfer-Encoding"): framing.hasTransferEncoding = true
    case 6 where equalIgnoringCase(name, "Expect"):
      framing.hasOtherExpectation = !equalIgnoringCase(value, "100-continue") || framing.hasOtherExpectation
    default: break
    }
  }
  return framing
}

/// Whether a value has no control character, nor what ends a line for some readers, beyond ASCII as within it.
private func isOneLine(_ value: String) -> Bool {
  if allBytes(of: value, { (0x20...0x7E).contains($0) }) { return true }
  return value.unicodeScalars.allSatisfy { scalar in
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: false
    default: true
    }
  }
}

/// Whether a request target is visible ASCII; with a space in it the request line has four words.
private func isVisible(_ target: String) -> Bool {
  !target.isEmpty && allBytes(of: target, { (0x21...0x7E).contains($0) })
}

/// Whether every escape is a whole one, and none `%00`.
private func hasWholeEscapes(_ target: String) -> Bool {
  if allBytes(of: target, { $0 != UInt8(ascii: "%") }) { return true }
  var bytes = target.utf8.makeIterator()
  while let byte = bytes.next() {
    guard byte == UInt8(ascii: "%") else { continue }
    guard let high = bytes.next().flatMap(hexadecimalValue), let low = bytes.next().flatMap(hexadecimalValue),
      high | low != 0
    else { return false }
  }
  return true
}
