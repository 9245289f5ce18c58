/// Why a call to EC2 did not succeed.
public struct EC2Failure: Error, Sendable, Equatable, CustomStringConvertible {
  /// How the claim goes on.
  public let failureClass: FailureClass
  /// The HTTP status; nil without an answer.
  public let httpStatus: Int?
  /// EC2's code as sent; nil when it sent none.
  public let errorCode: String?
  /// What EC2 said, else what happened.
  public let message: String
  /// EC2's id of the request.
  public let awsRequestId: String?
  /// How long EC2 asks to wait (`x-amz-retry-after`), in milliseconds.
  public let retryAfterMilliseconds: Int?
  /// The whole exchange, in milliseconds.
  public let milliseconds: Double
  /// False when the request can't have reached EC2.
  public let wasSent: Bool
  /// Whether the clock was off and is corrected now: a retry at once is worthwhile, with the same credentials.
  public let clockCorrected: Bool
  /// Whether the caller cancelled the call.
  public let isCancelled: Bool
  /// What failed, on what and what EC2 said, in one line.
  public let cause: String
  /// What the operator can do; nil where there is nothing but to wait.
  public let remedy: String?
  /// Cause and remedy in one line.
  public var description: String { "\(cause)\(remedy.map { "; \($0)" } ?? "")" }

  /// Makes a failure; `call` and `subject` name what failed on what, the remedy follows from the rest.
  public init(
    call: String, subject: String, failureClass: FailureClass, httpStatus: Int? = nil,
    errorCode: String? = nil, message: String, awsRequestId: String? = nil,
    retryAfterMilliseconds: Int? = nil, milliseconds: Double = 0, wasSent: Bool = true,
    clockCorrected: Bool = false, isCancelled: Bool = false
  ) {
    self.failureClass = failureClass
    self.httpStatus = httpStatus
    self.errorCode = errorCode
    self.message = message
    self.awsRequestId = awsRequestId
    self.retryAfterMilliseconds = retryAfterMilliseconds
    self.milliseconds = milliseconds
    self.wasSent = wasSent
    self.clockCorrected = clockCorrected
    self.isCancelled = isCancelled
    let code = errorCode.map { " \($0):" } ?? ""
    let request = awsRequestId.map { " (request \($0))" } ?? ""
    remedy = EC2Remedy.text(call: call, errorCode: errorCode, failureClass: failureClass)
    cause = "\(call) \(subject):\(code) \(message)\(request)"
  }
}
