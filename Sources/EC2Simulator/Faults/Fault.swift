import HTTPServer

/// A fault as `POST /faults` takes it: which requests it hits, and what it does to them.
struct Fault: Codable, Sendable, Equatable {
  var selection: FaultSelection
  var effect: FaultEffect

  /// Both parts stand in one flat object.
  init(from decoder: any Decoder) throws {
    selection = try FaultSelection(from: decoder)
    effect = try FaultEffect(from: decoder)
  }

  init(selection: FaultSelection, effect: FaultEffect) {
    self.selection = selection
    self.effect = effect
  }

  func encode(to encoder: any Encoder) throws {
    try selection.encode(to: encoder)
    try effect.encode(to: encoder)
  }
}

extension Fault: JSONBodyKeys {
  static var keys: Set<String> {
    Set(FaultSelection.CodingKeys.allCases.map(\.rawValue) + FaultEffect.CodingKeys.allCases.map(\.rawValue))
  }
}

/// Which requests a fault hits; what is left out matches all.
struct FaultSelection: Codable, Sendable, Equatable {
  /// Left out: `ec2`.
  var service: Service?
  /// An EC2 action, or for IMDS the beginning of a path.
  var action: String?
  var router: String?
  var accessKeyId: String?
  /// How many matching requests to let pass first.
  var skip: Int?
  /// How many to hit; left out: until cleared.
  var count: Int?

  enum CodingKeys: String, CodingKey, CaseIterable { case service, action, router, accessKeyId, skip, count }

  func matches(_ call: Call) -> Bool {
    guard (service ?? .ec2) == call.service else { return false }
    guard router == nil || router == call.router else { return false }
    guard accessKeyId == nil || accessKeyId == call.accessKeyId else { return false }
    guard let action else { return true }
    return call.service == .imds ? call.action.hasPrefix(action) : call.action == action
  }
}

/// What a fault does.
struct FaultEffect: Codable, Sendable, Equatable {
  enum Side: String, Codable, Sendable { case before, after }

  /// The answer's status; EC2 answers InternalError with it unless `errorCode` or `body` is given.
  var httpStatus: Int?
  /// Answers EC2's error body with this code.
  var errorCode: String?
  var message: String?
  /// Whether the call takes effect all the same; left out: yes, unless an error is answered.
  var takesEffect: Bool?
  var delayBeforeMilliseconds: Int?
  var delayAfterMilliseconds: Int?
  /// Closes the connection with a TCP reset, before or after the effect.
  var reset: Side?
  /// Declares the whole answer, and closes after this many bytes of its body.
  var truncateAtBytes: Int?
  /// The answer's body instead of the real one.
  var body: String?
  var contentType: String?
  /// Names another interface in the answer to Assign.
  var networkInterfaceId: String?
  /// Shifts the answer's Date header.
  var dateOffsetSeconds: Double?
  /// Further header fields of the answer.
  var headers: [String: String]?

  enum CodingKeys: String, CodingKey, CaseIterable {
    case httpStatus, errorCode, message, takesEffect, delayBeforeMilliseconds, delayAfterMilliseconds,
      reset, truncateAtBytes, body, contentType, networkInterfaceId, dateOffsetSeconds, headers
  }

  /// This effect with another's on top.
  func overlaid(by other: FaultEffect) -> FaultEffect {
    FaultEffect(
      httpStatus: other.httpStatus ?? httpStatus, errorCode: other.errorCode ?? errorCode,
      message: other.message ?? message, takesEffect: other.takesEffect ?? takesEffect,
      delayBeforeMilliseconds: other.delayBeforeMilliseconds ?? delayBeforeMilliseconds,
      delayAfterMilliseconds: other.delayAfterMilliseconds ?? delayAfterMilliseconds,
      reset: other.reset ?? reset, truncateAtBytes: other.truncateAtBytes ?? truncateAtBytes,
      body: other.body ?? body, contentType: other.contentType ?? contentType,
      networkInterfaceId: other.networkInterfaceId ?? networkInterfaceId,
      dateOffsetSeconds: other.dateOffsetSeconds ?? dateOffsetSeconds, headers: other.headers ?? headers)
  }

  /// The error that takes the place of EC2's answer.
  var error: EC2Error? {
    let code = errorCode ?? (httpStatus != nil && body == nil ? "InternalError" : nil)
    return code.map { EC2Error($0, message ?? "Simulated fault.", httpStatus: httpStatus ?? 400) }
  }
}
