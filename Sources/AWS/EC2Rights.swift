/// What a probe of the right to assign addresses came to.
public enum EC2AssignRight: Sendable, Equatable {
  /// EC2 got past authorization; `answer` is how it then accepted or refused the call that changes nothing.
  case granted(answer: String)
  /// EC2 does not allow it.
  case refused(EC2Failure)
  /// There was no answer that tells.
  case unknown(EC2Failure)
}

extension EC2Client {
  /// Asks EC2 whether it would let this router assign addresses to the interface, without changing anything.
  ///
  /// AssignPrivateIpAddresses knows no DryRun. So it is asked for what already is: the interface's own primary
  /// address, on that interface, without taking any from another. An interface's primary address is one for its whole
  /// life, so the state that a success would mean is the state there is; `primaryAddress` must be what EC2 itself
  /// showed as the interface's. docs/readiness.md says what is known of EC2's answers and what is not.
  public func probeAssignRight(networkInterfaceId: String, primaryAddress: String) async -> EC2AssignRight {
    do throws(EC2Failure) {
      _ = try await read(.assignProbe(networkInterfaceId, primaryAddress: primaryAddress), mark: "probe")
      return .granted(answer: "200")
    } catch {
      switch error.failureClass {
      case .configuration where Self.codesBehindAuthorization.contains(error.errorCode ?? ""):
        return .granted(answer: error.errorCode ?? "")
      case .permission: return .refused(error)
      default: return .unknown(error)
      }
    }
  }

  // What is only known of an interface after it was looked at. Others, such as MissingParameter, may come before.
  private static let codesBehindAuthorization: Set<String> = [
    "InvalidParameterValue", "InvalidIPAddress.InUse", "PrivateIpAddressLimitExceeded",
  ]

  /// Reads how many private IPv4 addresses an interface of the instance type may have, the primary one included.
  ///
  /// Nil where EC2's answer does not say.
  public func addressLimit(ofType instanceType: String) async throws(EC2Failure) -> Int? {
    try await read(.instanceType(instanceType)).addressLimit(ofType: instanceType)
  }
}
