/// Which listener a request came to, and whether it is an API call.
enum Service: String, Codable, Sendable, CaseIterable {
  case ec2
  case imds
  /// An unsigned GET or HEAD at the EC2 endpoint: no API call.
  case ping
}

/// One request, logged when it is whole and completed when it is answered.
struct Call: Codable, Sendable, Equatable {
  var n = 0
  let service: Service
  /// EC2's action, or the path at IMDS and of a ping.
  let action: String
  var method: String?
  var accessKeyId: String?
  var router: String?
  var networkInterfaceId: String?
  var privateIpAddresses: [String]?
  let connectionId: UInt64
  let newConnection: Bool
  let requestId: String
  let userAgent: String?
  /// CLOCK_BOOTTIME when the whole request was read.
  let arrivalUptimeNanoseconds: UInt64
  /// CLOCK_BOOTTIME when the answer was handed over; nil while it is being worked on.
  var answerUptimeNanoseconds: UInt64?
  /// Nil when the connection was reset instead.
  var httpStatus: Int?
  var errorCode: String?
  /// Why, where EC2's code does not say it.
  var message: String?
}

/// All requests since the last reset.
struct CallLog: Sendable {
  private(set) var calls: [Call] = []
  private(set) var last = 0
  private(set) var counts: [Service: Int] = [:]

  /// The oldest calls are forgotten beyond this many.
  static let limit = 200_000

  mutating func append(_ call: Call) -> Int {
    last += 1
    var numbered = call
    numbered.n = last
    calls.append(numbered)
    counts[call.service, default: 0] += 1
    if calls.count > Self.limit { calls.removeFirst(Self.limit / 10) }
    return last
  }

  mutating func complete(_ n: Int, _ change: (inout Call) -> Void) {
    guard let first = calls.first?.n, n >= first, n - first < calls.count else { return }
    change(&calls[n - first])
  }

  /// Forgets all calls; numbers go on, so that a request under way can't complete another's entry.
  mutating func clear() {
    calls = []
    counts = [:]
  }

  func after(_ n: Int, where matches: (Call) -> Bool) -> [Call] {
    guard let first = calls.first?.n else { return [] }
    return calls.dropFirst(max(0, n - first + 1)).filter(matches)
  }
}
