import Synchronization

/// What the threads of a listener share.
final class Service: Sendable {
  let settings: ListenerSettings
  let asksForCertificates: Bool
  let requestGuard: RequestGuard
  let handler: @Sendable (HTTPRequest) -> HTTPResponse
  let reaper: Reaper
  let users: UserLimit
  let refusals: LibraryRefusals
  private let accepted = Atomic<UInt64>(0)
  /// Requests between their first callback and the end of their answer; from `draining` on, plus 2^32.
  private let underWay = Atomic<Int>(0)
  private let drained: WakeUp
  private static let draining = 1 << 32

  init(_ settings: ListenerSettings, handler: @escaping @Sendable (HTTPRequest) -> HTTPResponse)
    throws(HTTPServerError)
  {
    self.settings = settings
    asksForCertificates = settings.tls?.clientCAPEM != nil
    self.handler = handler
    requestGuard = RequestGuard(
      maximumHeaderBytes: settings.maximumHeaderBytes, maximumBodyBytes: settings.maximumBodyBytes)
    users = UserLimit(settings.connectionsPerUser)
    drained = try WakeUp()
    refusals = try LibraryRefusals(sendsPlain: settings.tls == nil)
    reaper = try Reaper(
      shortestPeriodSeconds: min(
        settings.headerDeadlineSeconds, settings.bodyDeadlineSeconds, settings.idleDeadlineSeconds,
        settings.answerDeadlineSeconds))
  }

  /// The number of a connection just accepted.
  func nextConnectionId() -> UInt64 { accepted.add(1, ordering: .relaxed).newValue }

  /// Counts a request in; false once `drain` has begun, then it must not be served.
  func requestBegan() -> Bool {
    if underWay.add(1, ordering: .acquiringAndReleasing).newValue < Self.draining { return true }
    requestEnded()
    return false
  }

  /// Counts a request out, and wakes `drain` at the last one.
  func requestEnded() {
    if underWay.subtract(1, ordering: .acquiringAndReleasing).newValue == Self.draining { drained.signal() }
  }

  /// Lets no further request in, and waits until none is under way; false if one still is after that long.
  func drain(withinSeconds: Double) -> Bool {
    if underWay.add(Self.draining, ordering: .acquiringAndReleasing).newValue == Self.draining { return true }
    return drained.sleep(milliseconds: Int32(clamping: Int(withinSeconds * 1_000)))
  }
}
