import AWS
import FoundationEssentials

/// Reads the other router's /status, by a connection and a thread of its own: never on a claim's way.
///
/// What it reads is shown and warned of, and nothing else: no decision to claim or to stand by rests on it. Still
/// only a server whose certificate is verified may speak for the other router (plain http goes to loopback only,
/// for a tunnel's end); redirects are not followed, no proxy is used, and a long answer is refused.
actor PeerReader {
  static let periodSeconds = 4.0...6.0
  /// After a failed read, or one whose news must be seen twice.
  static let retry = Duration.seconds(1)
  static let shortestPause = Duration.milliseconds(100)
  static let maximumBodyBytes = 131_072

  private let options: PeerOptions
  private let url: String
  private let transport: any Transport
  private let thread: OwnThread
  private let wanted = Signal()
  private var view: PeerView
  private var etag: String?
  private var failures = 0

  /// Sets up the connection; nothing is sent yet.
  ///
  /// - Throws: `TransportError` where libcurl can't be set up, `Errno` where no thread can.
  init(_ options: PeerOptions, url: String) throws {
    self.options = options
    self.url = url
    transport = try CurlTransport(
      CurlSettings(caBundle: options.caBundle, maximumBodyBytes: Self.maximumBodyBytes))
    thread = try OwnThread()
    view = PeerView(url: url, since: Date.now)
  }

  /// Reads every 5 s until the task is cancelled; hands over each view and learns whether to look again soon.
  nonisolated func follow(_ deliver: @escaping @Sendable (PeerView) async -> Bool) -> Task<Void, Never> {
    Task(executorPreference: thread) {
      while !Task.isCancelled {
        let (view, isSure) = await self.read()
        let mustLookAgain = await deliver(view)
        let pause =
          isSure && !mustLookAgain ? Duration.seconds(Double.random(in: Self.periodSeconds)) : Self.retry
        // Many changes in a row are one occasion to look.
        _ = await self.thread.slept(for: Self.shortestPause)
        await self.wanted.wait(atMost: pause, by: self.thread)
      }
    }
  }

  /// Something changed here: reads now.
  nonisolated func readNow() { wanted.give() }

  /// One read; the flag is false where the first failure after a success leaves it open.
  private func read() async -> (view: PeerView, isSure: Bool) {
    do {
      let (picture, isNew) = try await fetched()
      failures = 0
      if view.reach != .reached { view.since = Date.now }
      view.reach = .reached
      if isNew { view.picture = picture }
      return (view, true)
    } catch {
      failures += 1
      if failures > 1 { noteUnreachable("\(error)") }
      return (view, failures > 1)
    }
  }

  private func noteUnreachable(_ reason: String) {
    if case .unreachable = view.reach {} else { view.since = Date.now }
    view.reach = .unreachable(reason: reason)
    etag = nil
  }

  private func fetched() async throws -> (picture: RouterPicture?, isNew: Bool) {
    let response = try await transport.send(
      TransportRequest(
        url: url, headers: try headers(), connectTimeoutMilliseconds: 2000, timeoutMilliseconds: 3000))
    if response.status == 304, view.picture != nil { return (nil, false) }
    guard response.status == 200 else { throw PeerError("it answered with status \(response.status)") }
    let picture: RouterPicture
    do {
      picture = try JSONDecoder().decode(RouterPicture.self, from: Data(response.body))
    } catch {
      throw PeerError("its answer is no /status of vipad")
    }
    etag = response.header("ETag")
    return (picture.withoutPassedChecks, true)
  }

  private func headers() throws -> [(name: String, value: String)] {
    var headers = [
      (name: "User-Agent", value: "vipad/\(Vipad.version)"), (name: "Accept", value: "application/json"),
    ]
    if let etag { headers.append((name: "If-None-Match", value: etag)) }
    guard let path = options.tokenFile else { return headers }
    let token = String(decoding: try TrustedFile(path: path, isSecret: true).read(), as: UTF8.self)
    headers.append((name: "Authorization", value: "Bearer \(token.filter { !$0.isWhitespace })"))
    return headers
  }
}

/// Why the other router's answer is none.
struct PeerError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
