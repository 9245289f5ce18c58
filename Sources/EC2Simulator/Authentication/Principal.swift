/// Who signed a call, and what that key may do.
struct Principal: Sendable, Equatable {
  let accessKeyId: String
  let accountId: String
  /// The ARN that EC2 names in refusals.
  let arn: String
  /// The router whose key it is, where the topology says so.
  let router: String?
  /// The allowed actions; nil allows all.
  let allowedActions: Set<String>?

  func mayCall(_ action: EC2Action) -> Bool {
    guard let allowedActions else { return true }
    return allowedActions.contains("*") || allowedActions.contains(action.rawValue)
  }

  /// Source: "Troubleshoot access denied error messages", IAM User Guide; status and code as EC2 sends them.
  func refusal(of action: EC2Action) -> EC2Error {
    EC2Error(
      "UnauthorizedOperation",
      "You are not authorized to perform this operation. User: \(arn) is not authorized to perform: "
        + "ec2:\(action.rawValue) because no identity-based policy allows the ec2:\(action.rawValue) action",
      httpStatus: 403)
  }
}
