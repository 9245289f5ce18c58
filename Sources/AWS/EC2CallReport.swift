/// What a call to EC2 came to, for those who count.
public struct EC2CallReport: Sendable, Equatable {
  /// The API action.
  public let action: String
  /// Whether EC2 did what was asked.
  public let isSuccess: Bool
  /// EC2's code as sent; nil for a success and where none came.
  public let errorCode: String?
  /// The HTTP status; nil without an answer.
  public let httpStatus: Int?
  /// Whether the caller gave it up.
  public let isCancelled: Bool
  /// The whole exchange, in milliseconds.
  public let milliseconds: Double
}

extension EC2CallReport {
  init(_ call: EC2Call, _ outcome: Result<EC2Answer, EC2Failure>) {
    action = call.action
    switch outcome {
    case .success(let answer):
      (isSuccess, errorCode, httpStatus) = (true, nil, answer.response.status)
      (isCancelled, milliseconds) = (false, answer.response.milliseconds)
    case .failure(let failure):
      (isSuccess, errorCode, httpStatus) = (false, failure.errorCode, failure.httpStatus)
      (isCancelled, milliseconds) = (failure.isCancelled, failure.milliseconds)
    }
  }
}
