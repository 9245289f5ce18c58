/// What the operator can do about a failure, by EC2's code, else by its class.
enum EC2Remedy {
  static func text(call: String, errorCode: String?, failureClass: FailureClass) -> String? {
    switch errorCode {
    case "UnauthorizedOperation", "AccessDenied":
      return "allow ec2:\(call) in the policy of this router's role"
    case "PrivateIpAddressLimitExceeded":
      return "the interface has as many addresses as its instance type allows: free one or use a larger type"
    case "InvalidParameterValue", "InvalidParameterCombination":
      return "check that the VIPs are in the interface's subnet and no interface's primary address"
    case "InvalidNetworkInterfaceID.NotFound", "InvalidInstanceID.NotFound":
      return "the interface or instance is not there: check networkInterfaceId, instanceId and Region"
    case "RequestExpired", "RequestTimeTooSkewed":
      return "the clock or the credentials are old: check time synchronisation"
    case "OptInRequired": return "enable the Region for this account"
    default: return text(failureClass)
    }
  }

  private static func text(_ failureClass: FailureClass) -> String? {
    switch failureClass {
    case .credentials: "check the role or the keys; they are read anew"
    case .permission: "check the policies that apply to this router's role"
    case .configuration: "check the VIPs and networkInterfaceId"
    case .throttled: "the account's API rate is used up: other tools share it"
    case .transient, .identity: nil
    }
  }
}
