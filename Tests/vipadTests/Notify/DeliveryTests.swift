import AWS
import Digest
import FoundationEssentials
import Glibc
import Logging
import SystemPackage
import Testing

@testable import vipad

/// When and how often a notification is tried, what proves it genuine, and how many may wait.
struct DeliveryTests {
  // By python3: hmac.new(b"0123456789abcdef0123456789abcdef", b'1700000000.{"a":1}\n', hashlib.sha256).hexdigest()
  @Test func signsTimeAndBody() {
    let value = NotificationSignature.value(
      of: Array("{\"a\":1}\n".utf8), unixSeconds: 1_700_000_000,
      secret: Secret("0123456789abcdef0123456789abcdef"))
    #expect(
      value == "t=1700000000,v1=e047c815099ab0ebc8f2eb86cbb58367d4f1f4dd6ee53ab4de392951e689aeb3")
  }

  @Test(arguments: [(1, 1.0), (2, 2), (3, 4), (6, 32), (7, 60), (8, 60), (200, 60)])
  func pausesDoubleUpToAMinute(failures: Int, seconds: Double) {
    func pause(_ fraction: Double) -> Duration {
      DeliveryPace.pause(afterFailures: failures, retryAfter: nil, fraction: fraction)
    }
    #expect(pause(0.5) == .seconds(seconds))
    #expect(pause(0) == .seconds(seconds * 0.75) && pause(1) == .seconds(seconds * 1.25))
  }

  @Test(arguments: [(0, 2.0), (1, 2), (5, 5), (300, 300), (86_400, 300)])
  func aReceiverMayAskForALongerPauseWithinBounds(asked: Int64, seconds: Double) {
    let pause = DeliveryPace.pause(afterFailures: 2, retryAfter: .seconds(asked), fraction: 0.5)
    #expect(pause == .seconds(seconds))
  }

  @Test(
    arguments: [
      (200, nil, .delivered(status: 200)), (204, "9", .delivered(status: 204)),
      (429, "7", .failed(reason: "it answered 429", retryAfter: .seconds(7))),
      (503, "-1", .failed(reason: "it answered 503")), (503, "1e9", .failed(reason: "it answered 503")),
      (503, "99999999999999999999", .failed(reason: "it answered 503")),
      (408, nil, .failed(reason: "it answered 408")), (425, nil, .failed(reason: "it answered 425")),
      (301, nil, .refused(reason: "it answered 301, and no redirection is followed")),
      (410, "5", .refused(reason: "it answered 410")), (400, nil, .refused(reason: "it answered 400")),
    ] as [(Int, String?, DeliveryAnswer)])
  func aStatusSaysWhetherThereIsAnotherAttempt(status: Int, retryAfter: String?, answer: DeliveryAnswer) {
    #expect(DeliveryAnswer(status: status, retryAfter: retryAfter) == answer)
  }

  @Test func moreThan64DropTheOldest() throws {
    var queue = NotificationQueue()
    for number in 0..<64 { #expect(queue.append(news(number), id: "\(number)", at: .now) == nil) }
    #expect(queue.append(news(64), id: "64", at: .now)?.id == "0")
    // What is on its way may have arrived: the next oldest goes.
    queue.isSending = true
    #expect(queue.append(news(65), id: "65", at: .now)?.id == "2")
    #expect(queue.entries.count == 64)
    #expect(queue.entries.map(\.id) == ["1"] + (3...65).map(String.init))
  }

  @Test func anHourAfterItHappenedItIsGivenUp() {
    #expect(!DeliveryPace.isTooLate(afterPause: .seconds(60), age: .seconds(3540)))
    #expect(DeliveryPace.isTooLate(afterPause: .seconds(60), age: .seconds(3541)))
  }

  @Test func aReceiverThatNeverAnswersKeepsAtMost64WaitingAndNobodyElse() async throws {
    // It accepts nothing: connections wait in its backlog.
    let (listener, port) = try deafListener()
    defer { close(listener) }
    let tally = Tally()
    let notifier = Notifier(
      environment: [:], tally: tally, logger: Logger(label: "t") { _ in SwiftLogNoOpLogHandler() })
    let changed = Signal()
    notifier.follow { changed.give() }
    notifier.configure(
      NotifyOptions(webhook: WebhookURL("http://127.0.0.1:\(port)/x"), secretFile: "/dev/null"))
    let began = ContinuousClock.now
    for number in 0..<70 { notifier.add(news(number)) }
    #expect(began.duration(to: .now) < .seconds(1))
    #expect(notifier.document?.pending == 64)
    let dropped = Tally.NotificationLabels(event: .contended, outcome: .dropped)
    #expect(tally.counts.notifications == [dropped: 6])
    await changed.wait(atMost: .seconds(10), by: try OwnThread())
    #expect(notifier.document?.pending == 64)
    notifier.configure(NotifyOptions())
    #expect(notifier.document == nil)
    let ended = tally.counts.notifications
    #expect([[dropped: 69], [dropped: 70]].contains(ended), "the one on its way may still arrive")
    notifier.add(news(71))
    #expect(tally.counts.notifications == ended, "nobody is to be told any more")
    notifier.stop(within: .milliseconds(100))
  }

  private func news(_ number: Int) -> News {
    News(facts: .contention(verdict: "contended", began: true), time: Date(), group: "\(number)")
  }

  private func deafListener() throws -> (descriptor: Int32, port: UInt16) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let code = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        unsafe bind(descriptor, address, length) == 0 && listen(descriptor, 16) == 0
          && getsockname(descriptor, address, &length) == 0
      }
    }
    guard code else { throw Errno(rawValue: errno) }
    return (descriptor, UInt16(bigEndian: address.sin_port))
  }
}

/// What comes and goes quickly is not told; what a start brings is told once.
struct ReadinessNewsTests {
  @Test func onlyALastingChangeIsTold() {
    var news = ReadinessNews()
    let at = Date(timeIntervalSince1970: 1000)
    #expect(news.show(true, at: at) == nil)
    #expect(news.show(false, at: at) == at)
    #expect(news.show(false, at: at + 5) == nil, "the same change")
    #expect(news.show(true, at: at + 10) == nil)
    #expect(news.lasted(since: at) == false, "it came and went")
    #expect(news.show(false, at: at + 20) == at + 20)
    #expect(news.lasted(since: at) == false, "another one since")
    #expect(news.lasted(since: at + 20) == true)
    #expect(news.lasted(since: at + 20) == false, "told once")
    #expect(news.show(false, at: at + 90) == nil)
    #expect(news.show(true, at: at + 100) == at + 100)
    #expect(news.lasted(since: at + 100) == true)
  }
}
