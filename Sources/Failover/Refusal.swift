/// What a failed call needs: the classes of the retry table.
public enum RefusalClass: String, Sendable, Hashable, CaseIterable {
  /// EC2 asks for fewer calls.
  case throttled
  /// A 5xx, a broken connection, a time-out, an answer that can't be read.
  case transient
  /// Expired, wrong or missing credentials, or a clock that is off.
  case credentials
  /// The policy does not allow the call.
  case permission
  /// The interface or instance is unknown to EC2.
  case identity
  /// The address does not fit the subnet, the interface is full, and the like.
  case configuration
}

/// Why an Assign was not accepted.
public struct Refusal: Error, Sendable, Hashable {
  /// What it needs.
  public var refusalClass: RefusalClass
  /// The HTTP status, if there was an answer.
  public var httpStatus: Int?
  /// EC2's code as it sent it.
  public var errorCode: String?
  /// One line for the operator: EC2's message or what broke, and the remedy.
  public var message: String
  /// EC2's request id.
  public var awsRequestId: String?
  /// EC2's hint when to come back (`x-amz-retry-after`).
  public var retryAfterMilliseconds: Int?
  /// False where not a byte of the request can have reached EC2.
  public var wasSent: Bool

  /// A refusal; whatever EC2 did not say stays nil.
  public init(
    _ refusalClass: RefusalClass, httpStatus: Int? = nil, errorCode: String? = nil, message: String,
    awsRequestId: String? = nil, retryAfterMilliseconds: Int? = nil, wasSent: Bool = true
  ) {
    self.refusalClass = refusalClass
    self.httpStatus = httpStatus
    self.errorCode = errorCode
    self.message = message
    self.awsRequestId = awsRequestId
    self.retryAfterMilliseconds = retryAfterMilliseconds
    self.wasSent = wasSent
  }

  /// EC2 may have carried it out all the same: it had the request, and neither it nor a proxy refused.
  var mayHaveActed: Bool {
    wasSent && errorCode == nil && !(400..<500).contains(httpStatus ?? 0)
  }
}
