internal import CCurl
internal import Glibc
internal import Synchronization

/// The thread of a transport: takes requests from its inbox, drives libcurl, and sleeps in between.
///
/// The multi handle and the transfers belong to the thread; other threads touch only the inbox and
/// curl_multi_wakeup(3), which they call without the inbox's lock: the woken thread wants it at once.
@safe final class CurlLoop: @unchecked Sendable {
  private enum Command {
    case start(CurlExchange)
    case cancel(CurlExchange)
  }

  private struct Inbox {
    var commands: [Command] = []
    var isOpen = true
  }

  private let multi: UnsafeMutableRawPointer
  private let settings: CurlSettings
  private let inbox = Mutex(Inbox())
  private let sockets = CurlSockets()
  private var transfers: [CurlTransfer] = []

  init(_ settings: CurlSettings) throws(TransportError) {
    guard let multi = unsafe curl_multi_init() else {
      throw TransportError(.unusable, host: "libcurl", what: "no memory for a multi handle")
    }
    unsafe self.multi = unsafe multi
    self.settings = settings
    guard unsafe vipad_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, 4) == CURLM_OK else {
      throw TransportError(.unusable, host: "libcurl", what: "curl_multi_setopt failed")
    }
  }

  deinit { unsafe curl_multi_cleanup(multi) }

  /// Starts the thread, which keeps this object until `close`.
  func startThread() throws(TransportError) {
    var thread = pthread_t()
    let owner = unsafe Unmanaged.passRetained(self)
    let code = unsafe pthread_create(&thread, nil, CurlLoop.threadBody, owner.toOpaque())
    guard code == 0 else {
      unsafe owner.release()
      throw TransportError(.unusable, host: "libcurl", what: "no thread for the transport (errno \(code))")
    }
    pthread_detach(thread)
  }

  private static let threadBody: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
    // Signals are the main thread's; SIGPIPE would end the process.
    var all = sigset_t()
    unsafe sigfillset(&all)
    unsafe pthread_sigmask(SIG_SETMASK, &all, nil)
    if let owner = unsafe $0 { unsafe Unmanaged<CurlLoop>.fromOpaque(owner).takeRetainedValue().run() }
    return nil
  }

  // MARK: From any thread

  func start(_ exchange: CurlExchange) {
    if !post(.start(exchange)) { exchange.fail(.unusable, "the transport is closed") }
  }

  func cancel(_ exchange: CurlExchange) { _ = post(.cancel(exchange)) }

  func close() {
    inbox.withLock { $0.isOpen = false }
    unsafe curl_multi_wakeup(multi)
  }

  private func post(_ command: Command) -> Bool {
    let isOpen = inbox.withLock { inbox in
      if inbox.isOpen { inbox.commands.append(command) }
      return inbox.isOpen
    }
    return unsafe isOpen && curl_multi_wakeup(multi) == CURLM_OK
  }

  // MARK: On the thread

  private func run() {
    while obeyInbox() {
      perform()
      sleep()
    }
    for transfer in transfers {
      transfer.exchange.fail(.unusable, "the transport was closed")
      remove(transfer)
    }
    sockets.dropIdle()
  }

  /// Does what has arrived, none of which it holds on to; false when this is to end.
  private func obeyInbox() -> Bool {
    if sockets.dropEnded() { settings.idleConnectionLost?() }
    let (commands, isOpen) = inbox.withLock { inbox in
      defer { inbox.commands = [] }
      return (inbox.commands, inbox.isOpen)
    }
    for command in commands { obey(command) }
    return isOpen
  }

  private func obey(_ command: Command) {
    switch command {
    case .start(let exchange): begin(exchange)
    case .cancel(let exchange):
      guard let transfer = transfers.first(where: { $0.exchange === exchange }) else { return }
      end(transfer, .failure(transfer.cancelled))
    }
  }

  private func begin(_ exchange: CurlExchange) {
    guard !exchange.isCancelled else { return exchange.fail(.cancelled, "cancelled before it was sent") }
    do {
      let transfer = try CurlTransfer(exchange, sockets: sockets, settings: settings)
      let code = unsafe curl_multi_add_handle(multi, transfer.easy)
      guard code == CURLM_OK else { return exchange.fail(.unusable, describe(code)) }
      transfers.append(transfer)
    } catch {
      exchange.finish(.failure(error))
    }
  }

  private func perform() {
    var running: Int32 = 0
    let code = unsafe curl_multi_perform(multi, &running)
    if code != CURLM_OK { failAll(describe(code)) }
    var left: Int32 = 0
    while let message = unsafe curl_multi_info_read(multi, &left) {
      guard unsafe message.pointee.msg == CURLMSG_DONE,
        let transfer = transfers.first(where: { unsafe $0.easy == message.pointee.easy_handle })
      else { continue }
      finish(transfer, unsafe vipad_curl_message_result(message))
    }
  }

  private func finish(_ transfer: CurlTransfer, _ code: CURLcode) {
    guard code == CURLE_OK else {
      let error = transfer.error(code)
      // The other connections probably lead the same way: the next request makes a new one.
      if [.connectionBroke, .timedOut].contains(error.kind) { sockets.dropIdle() }
      return end(transfer, .failure(error))
    }
    unsafe sockets.release(vipad_curl_info_socket(transfer.easy), by: transfer)
    end(transfer, .success(transfer.response()))
  }

  // libcurl lets go of the handle first, which resets the connection of an exchange that isn't complete.
  private func end(_ transfer: CurlTransfer, _ outcome: CurlExchange.Outcome) {
    remove(transfer)
    transfer.exchange.finish(outcome)
  }

  private func remove(_ transfer: CurlTransfer) {
    let code = unsafe curl_multi_remove_handle(multi, transfer.easy)
    // Refused only for a handle that is not in the multi; then there is nothing to let go of.
    assert(code == CURLM_OK)
    transfers.removeAll { $0 === transfer }
  }

  private func failAll(_ what: String) {
    for transfer in transfers {
      transfer.exchange.fail(.unusable, what)
      remove(transfer)
    }
  }

  /// Sleeps until something arrives: an answer, a command, a time-out, the end of an idle connection.
  ///
  /// With nothing under way there is no time-out but curl_multi_poll(3)'s longest, 24 days.
  private func sleep() {
    var idle = sockets.idle.map {
      curl_waitfd(fd: $0, events: Int16(CURL_WAIT_POLLIN), revents: 0)
    }
    let code = unsafe curl_multi_poll(multi, &idle, UInt32(idle.count), Int32.max, nil)
    if code != CURLM_OK { failAll(describe(code)) }
  }

  private func describe(_ code: CURLMcode) -> String {
    unsafe "libcurl failed: \(String(cString: curl_multi_strerror(code)))"
  }
}
