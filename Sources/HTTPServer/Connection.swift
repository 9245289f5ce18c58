import CMicroHTTPD
import Glibc

/// One accepted connection and the request that is on it; used by the connection's own thread only.
///
/// The library runs the callbacks of one connection one after the other: the target of a request, its header,
/// pieces of its body, its end, its completion.
@safe
final class Connection {
  /// What the next call of the access handler brings.
  private enum Stage {
    case header
    case body
    case answered
  }

  private let service: Service
  private let handle: OpaquePointer
  private let id: UInt64
  private let descriptor: Int32
  private let deadline: Deadline
  private var stage = Stage.header
  private var target = ""
  /// Where the target ends in the library's memory: at the space before the version, or at a NUL within it.
  private var targetEnd: UnsafeRawPointer?
  /// The request on it; between two what the next one begins with.
  private var request: HTTPRequest
  private var known = KnownHead()
  private var refusal: Refusal?

  /// Begins to watch a connection that was just accepted.
  init(_ handle: OpaquePointer, of service: Service) {
    self.service = service
    unsafe self.handle = handle
    id = service.nextConnectionId()
    descriptor = unsafe vipad_mhd_socket(handle)
    let peer = unsafe readPeer(descriptor: descriptor, client: vipad_mhd_client(handle))
    request = HTTPRequest(method: "", path: "", peer: peer, connectionId: id)
    deadline = Deadline(descriptor: descriptor, secondsFromNow: service.settings.headerDeadlineSeconds)
    service.reaper.insert(deadline, connectionId: id)
    if !service.users.enter(peer) { deadline.cutNow() }
  }

  /// Ends the watch; called while the descriptor is still open.
  func close() {
    service.users.leave(request.peer)
    service.reaper.remove(connectionId: id)
  }

  /// Takes the request target as it was sent, before the library decodes it.
  func take(target bytes: UnsafePointer<CChar>?) {
    let raw = unsafe UnsafeRawBufferPointer(start: bytes, count: bytes.map { unsafe strlen($0) } ?? 0)
    unsafe targetEnd = raw.baseAddress.map { unsafe $0 + raw.count }
    if unsafe !isSame(target, raw) { target = unsafe String(decoding: raw, as: UTF8.self) }
    service.refusals.watch(descriptor)
  }

  /// Takes one call of the access handler: the header, then pieces of the body, then the end.
  func proceed(
    method: UnsafePointer<CChar>, version: UnsafePointer<CChar>, bytes: UnsafeRawBufferPointer
  ) -> MHD_Result {
    switch stage {
    case .header: unsafe receiveHeader(method: method, version: version)
    case .body where unsafe !bytes.isEmpty: unsafe receiveBody(bytes)
    case .body: answer()
    case .answered: .NO
    }
  }

  /// The request is over, its answer sent or given up: the connection may idle.
  func complete() {
    if stage != .header { service.requestEnded() }
    stage = .header
    if known.isEmpty { request = HTTPRequest(method: "", path: "", peer: request.peer, connectionId: id) }
    request.body = []
    refusal = nil
    _ = deadline.start(seconds: service.settings.idleDeadlineSeconds)
  }

  private func receiveHeader(
    method: UnsafePointer<CChar>, version: UnsafePointer<CChar>
  ) -> MHD_Result {
    request.receivedAt = .now
    guard deadline.start(seconds: service.settings.bodyDeadlineSeconds) else { return .NO }
    guard service.requestBegan() else { return .NO }
    stage = .body
    if service.asksForCertificates { request.clientCertificate = unsafe verifyClient(handle) }
    let source = unsafe KnownHead.Source(
      connection: handle, method: method, version: version, target: target, targetEnd: targetEnd)
    // Then all that is read of it stands in `request` from the last time.
    if known.isAgain(source) { return .YES }
    known.forget()
    let head = unsafe readHead(method: method, version: version)
    refusal = service.requestGuard.refusal(of: head)
    if let refusal, refusal.closes {
      // Queued in this first call the answer closes the connection, without reading on: just what is wanted.
      return send(refusal.problem.response)
    }
    fillRequest(from: head)
    if refusal == nil { known.remember(source) }
    return .YES
  }

  private func readHead(method: UnsafePointer<CChar>, version: UnsafePointer<CChar>) -> RequestHead {
    let methodText = unsafe String(cString: method)
    let versionText = unsafe String(cString: version)
    let fields = unsafe HeaderFields(of: handle, after: version, versionBytes: versionText.utf8.count)
    let headerBytes = unsafe vipad_mhd_header_bytes(handle)
    let isAdjacent = unsafe hasAdjacentWords(from: method, methodText, to: version)
    return unsafe RequestHead(
      method: methodText, target: target, version: versionText, headers: fields.fields,
      paddingBytes: fields.paddingBytes, linesAreAdjacent: fields.areAdjacent && isAdjacent,
      endsInNULs: UnsafeRawBufferPointer(start: method, count: headerBytes).suffix(4).allSatisfy { $0 == 0 },
      headerBytes: headerBytes)
  }

  /// Whether one space each is between the words of the request line: a further one, or a NUL in the target, would
  /// even out with a bare line feed elsewhere in the number of bytes.
  private func hasAdjacentWords(
    from method: UnsafePointer<CChar>, _ methodText: String, to version: UnsafePointer<CChar>
  ) -> Bool {
    guard let targetEnd = unsafe targetEnd else { return false }
    return unsafe targetEnd - target.utf8.count == UnsafeRawPointer(method) + methodText.utf8.count + 1
      && targetEnd + 1 == UnsafeRawPointer(version)
  }

  private func fillRequest(from head: RequestHead) {
    let mark = target.utf8.firstIndex(of: UInt8(ascii: "?"))
    request = HTTPRequest(
      method: head.method, path: mark.map { String(target[..<$0]) } ?? target,
      rawQuery: mark.map { String(target[target.utf8.index(after: $0)...]) } ?? "",
      headers: head.headers ?? [],
      peer: request.peer, clientCertificate: request.clientCertificate, connectionId: id,
      receivedAt: request.receivedAt)
  }

  /// Never more than the guard let Content-Length say: there is no other framing.
  private func receiveBody(_ bytes: UnsafeRawBufferPointer) -> MHD_Result {
    unsafe request.body.append(contentsOf: bytes)
    return .YES
  }

  /// Runs the handler with no deadline over it, and sends what it returns.
  private func answer() -> MHD_Result {
    guard deadline.suspend() else { return .NO }
    if let refusal { return send(refusal.problem.response) }
    return send(service.handler(request))
  }

  private func send(_ response: HTTPResponse) -> MHD_Result {
    stage = .answered
    guard deadline.start(seconds: service.settings.answerDeadlineSeconds) else { return .NO }
    if response.ending == .reset {
      resetConnection(descriptor)
      return .NO
    }
    return withExtendedLifetime(response) {
      unsafe MHD_queue_response(handle, UInt32(response.status), response.pointer)
    }
  }
}

/// Whether a text has these bytes.
private func isSame(_ text: String, _ bytes: UnsafeRawBufferPointer) -> Bool {
  unsafe text.utf8.withContiguousStorageIfAvailable { unsafe $0.elementsEqual(bytes) } ?? false
}
