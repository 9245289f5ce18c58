internal import CCurl

/// The transport on libcurl: one thread with one `curl_multi`, whose connections stay open.
///
/// HTTP/1.1, no redirects, certificates always verified; plain http only to loopback (and link-local where
/// the settings say so). A request that arrives while another is under way gets a connection of its own,
/// so a slow one is never in its way. With nothing under way the thread sleeps without a time-out.
public final class CurlTransport: Transport {
  private let settings: CurlSettings
  private let loop: CurlLoop

  // curl_global_init(3): once in a process, before any other call; thread-safe since 7.84.
  private static let globalInit = curl_global_init(Int(CURL_GLOBAL_DEFAULT))

  /// Starts the thread; throws `unusable` when libcurl or the thread can't be set up.
  public init(_ settings: CurlSettings = CurlSettings()) throws(TransportError) {
    guard Self.globalInit == CURLE_OK else {
      throw TransportError(.unusable, host: "libcurl", what: "curl_global_init failed; is libssl there?")
    }
    self.settings = settings
    loop = try CurlLoop(settings)
    try loop.startThread()
  }

  deinit { loop.close() }

  /// Sends the request as one attempt, on an open connection where there is one.
  public func send(_ request: TransportRequest) async throws(TransportError) -> TransportResponse {
    let exchange = CurlExchange(request, url: try request.checkedURL(settings))
    let outcome = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        exchange.wait(continuation)
        loop.start(exchange)
      }
    } onCancel: {
      exchange.cancel()
      loop.cancel(exchange)
    }
    return try outcome.get()
  }

  /// Ends everything under way with `unusable` and closes the connections; later sends fail the same way.
  public func close() { loop.close() }
}
