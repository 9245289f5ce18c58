internal import CCurl
internal import struct FoundationEssentials.Date

/// One exchange inside libcurl: owns the easy handle and gathers what it reports.
///
/// Lives on the transport's thread only; the loop holds it as long as libcurl may call back.
@safe final class CurlTransfer {
  let easy: UnsafeMutableRawPointer
  let exchange: CurlExchange
  let sockets: CurlSockets
  let settings: CurlSettings
  /// The proxy the request goes by, for messages.
  let proxy: String?
  /// How often the request was about to be sent; libcurl would repeat it on a connection that broke.
  private(set) var sends = 0
  private(set) var isTooLarge = false
  private var sentAt: Date?
  private var headers: [(name: String, value: String)] = []
  private var headerBytes = 0
  private var body: [UInt8] = []
  private var headerList: UnsafeMutablePointer<curl_slist>?
  private let errorText: UnsafeMutablePointer<CChar>

  static let maximumHeaderBytes = 65536

  init(_ exchange: CurlExchange, sockets: CurlSockets, settings: CurlSettings) throws(TransportError) {
    guard let easy = unsafe curl_easy_init() else {
      throw TransportError(
        .unusable, host: exchange.url.authority, what: "libcurl has no memory for a request")
    }
    unsafe self.easy = unsafe easy
    unsafe errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
    unsafe errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    self.exchange = exchange
    self.sockets = sockets
    self.settings = settings
    proxy = settings.proxy.proxy(for: exchange.url)
    try unsafe setOptions(errorText: errorText)
  }

  deinit {
    unsafe curl_easy_cleanup(easy)
    unsafe curl_slist_free_all(headerList)
    unsafe errorText.deallocate()
  }

  /// What libcurl says of a failure beyond its code.
  var detail: String {
    let text = unsafe String(cString: errorText)
    return String(text.unicodeScalars.map { $0.value < 32 ? " " : Character($0) })
  }

  /// Appends a header line to those of the request.
  func append(header line: String) -> Bool {
    guard let list = unsafe curl_slist_append(headerList, line) else { return false }
    unsafe headerList = unsafe list
    return true
  }

  /// The list of the request's headers; owned by this transfer.
  var headerListPointer: UnsafeMutableRawPointer? { unsafe UnsafeMutableRawPointer(headerList) }

  /// Whether the last request went out on a connection that was open before.
  var reusedConnection: Bool { unsafe vipad_curl_info_long(easy, CURLINFO_NUM_CONNECTS) == 0 && sends > 0 }

  /// The answer, complete.
  func response() -> TransportResponse {
    var response = TransportResponse(
      status: unsafe Int(vipad_curl_info_long(easy, CURLINFO_RESPONSE_CODE)), headers: headers, body: body,
      newConnection: !reusedConnection, connectionKept: unsafe vipad_curl_info_socket(easy) >= 0,
      sentAt: sentAt ?? Date(), receivedAt: Date(), milliseconds: exchange.milliseconds)
    response.remoteAddress = remoteAddress
    return response
  }

  private var remoteAddress: String? {
    guard proxy == nil, settings.unixSocketPath == nil, let text = unsafe vipad_curl_info_address(easy)
    else { return nil }
    let address = unsafe String(cString: text)
    return address.isEmpty ? nil : address
  }

  // MARK: What libcurl reports

  /// About to send: allowed once, so that no request is repeated behind the caller's back, and not
  /// after the Task was cancelled.
  func allowsSend(localPort: Int32) -> Bool {
    sends += 1
    guard sends == 1, !exchange.isCancelled else { return false }
    sentAt = Date()
    sockets.use(
      localPort: localPort, by: self, deadAfterMilliseconds: settings.deadConnectionMilliseconds)
    return true
  }

  /// A piece of the body; false ends the transfer.
  func receive(body piece: UnsafeRawBufferPointer) -> Bool {
    isTooLarge = body.count + piece.count > settings.maximumBodyBytes
    if !isTooLarge { unsafe body.append(contentsOf: piece) }
    return !isTooLarge
  }

  /// A header line; false ends the transfer.
  ///
  /// A status line begins a new answer (after 100 Continue).
  func receive(headerLine piece: UnsafeRawBufferPointer) -> Bool {
    headerBytes += piece.count
    isTooLarge = headerBytes > Self.maximumHeaderBytes
    let line = unsafe String(decoding: piece, as: UTF8.self)
    if line.hasPrefix("HTTP/") {
      headers = []
    } else if let colon = line.firstIndex(of: ":") {
      let value = line[line.index(after: colon)...]
      headers.append((String(line[..<colon]), String(value.trimmingBlanks())))
    }
    return !isTooLarge
  }
}

extension Substring {
  /// Without blanks, tabs and line ends at both ends.
  func trimmingBlanks() -> Substring {
    let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r\n" || $0 == "\n" || $0 == "\r" }
    let start = drop(while: isBlank)
    guard let end = start.lastIndex(where: { !isBlank($0) }) else { return "" }
    return start[...end]
  }
}
