import CMicroHTTPD

/// An answer: status, header fields, body.
///
/// It may be kept and sent any number of times, by many threads at once: the library's copy of it is made
/// once, here, counted by the library, and given up with the last reference.
@safe
public final class HTTPResponse: @unchecked Sendable {
  // Unchecked only for `pointer`: nothing changes after init, and the library locks its reference count.

  /// How the answer ends.
  enum Ending: Sendable, Equatable {
    case whole
    case cut(sentBytes: Int)
    case reset
  }

  /// The status code.
  public let status: Int
  /// The header fields beside those the server adds (Date, Content-Length, Connection).
  public let headers: [(name: String, value: String)]
  /// The body; left out of the answer to HEAD, which has the same header.
  public let body: [UInt8]
  let ending: Ending
  /// The library's copy; nil if memory ran out, then the connection is closed instead.
  let pointer: OpaquePointer?

  /// Makes an answer.
  ///
  /// A header field that could let somebody write the answer anew (a name that is no token, a value that is
  /// empty or has a control character, a framing field) makes the answer a 500 that names the field.
  /// The lease is kept until the last client has taken the body or is gone: for who counts what is in memory.
  public convenience init(
    status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = [],
    lease: (any AnyObject & Sendable)? = nil
  ) {
    if let wrong = headers.first(where: { !maySend($0) }) {
      let problem = Problem(
        status: 500, detail: "the answer had a header field that cannot be sent: \(wrong.name)")
      let json = [("Content-Type", "application/problem+json")]
      self.init(status: 500, headers: json, body: Array(problem.json.utf8), ending: .whole)
    } else {
      self.init(status: status, headers: headers, body: body, ending: .whole, lease: lease)
    }
  }

  private init(
    status: Int, headers: [(name: String, value: String)], body: [UInt8], ending: Ending,
    lease: (any AnyObject & Sendable)? = nil
  ) {
    self.status = status
    self.headers = headers
    self.body = body
    self.ending = ending
    unsafe pointer = unsafe makeResponse(body, ending, lease)
    for header in headers {
      _ = unsafe MHD_add_response_header(pointer, header.name, header.value)
    }
  }

  deinit { unsafe MHD_destroy_response(pointer) }

  /// An answer that closes the connection with a TCP reset instead of sending anything; for the simulator.
  public static let reset = HTTPResponse(status: 500, headers: [], body: [], ending: .reset)

  /// An answer that declares its whole length and closes after `sentBytes` of the body; for the simulator.
  public static func cut(
    status: Int, headers: [(name: String, value: String)] = [], body: [UInt8], sentBytes: Int
  ) -> HTTPResponse {
    HTTPResponse(status: status, headers: headers, body: body, ending: .cut(sentBytes: sentBytes))
  }
}

/// Whether a header field of an answer is one, and not the server's own.
private func maySend(_ header: (name: String, value: String)) -> Bool {
  isToken(header.name) && !header.value.isEmpty && !header.value.utf8.contains(where: isControl)
    && !["content-length", "transfer-encoding"].contains { equalIgnoringCase($0, header.name) }
}

/// The library's copy of a body.
private func makeResponse(
  _ body: [UInt8], _ ending: HTTPResponse.Ending, _ lease: (any AnyObject & Sendable)?
) -> OpaquePointer? {
  if case .cut(let sentBytes) = ending { return unsafe makeCutResponse(body, sentBytes: sentBytes) }
  let copy = WholeBody(body, lease)
  // Released by the library's call of the last argument, when it frees the response; not where it makes none.
  let retained = unsafe Unmanaged.passRetained(copy)
  let response = unsafe MHD_create_response_from_buffer_with_free_callback_cls(
    copy.bytes.count, copy.bytes.baseAddress,
    { context in unsafe context.map { unsafe Unmanaged<WholeBody>.fromOpaque($0).release() } },
    retained.toOpaque())
  if unsafe response == nil { unsafe retained.release() }
  return unsafe response
}

/// A body in memory that stays where it is, and what is given back with it.
@safe
private final class WholeBody {
  let bytes: UnsafeMutableRawBufferPointer
  private let lease: (any AnyObject & Sendable)?

  init(_ body: [UInt8], _ lease: (any AnyObject & Sendable)?) {
    // Never without an address: the library takes that for a mistake.
    unsafe bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: body.count, alignment: 1)
    unsafe bytes.copyBytes(from: body)
    self.lease = lease
  }

  deinit { unsafe bytes.deallocate() }
}

/// What a cut answer's callbacks read.
private final class CutBody {
  let sent: ArraySlice<UInt8>
  init(_ body: [UInt8], sentBytes: Int) { sent = body.prefix(max(0, sentBytes)) }
}

/// A response whose body ends with an error after `sentBytes`, so that the library closes the connection.
private func makeCutResponse(_ body: [UInt8], sentBytes: Int) -> OpaquePointer? {
  // Released by the library's call of the last argument, when it frees the response.
  let sent = unsafe Unmanaged.passRetained(CutBody(body, sentBytes: sentBytes)).toOpaque()
  return unsafe MHD_create_response_from_callback(
    UInt64(body.count), 4_096,
    { context, position, buffer, size in
      guard let context = unsafe context, let buffer = unsafe buffer else { return -2 }
      let sent = unsafe Unmanaged<CutBody>.fromOpaque(context).takeUnretainedValue().sent
      let rest = sent.dropFirst(Int(clamping: position)).prefix(size)
      // MHD_CONTENT_READER_END_WITH_ERROR is a cast, which Swift does not import.
      if rest.isEmpty { return -2 }
      unsafe UnsafeMutableRawBufferPointer(start: buffer, count: size).copyBytes(from: rest)
      return rest.count
    },
    sent, { context in unsafe context.map { unsafe Unmanaged<CutBody>.fromOpaque($0).release() } })
}
