import AWS
import FoundationEssentials

/// How EC2 answered lately; times say since when it is so.
struct EC2Health {
  /// Since when all calls went well.
  private(set) var lastSuccessAt: Date?
  /// Why the connection or the last call did not go well; nil when both did.
  var lastError: String? { connectionError ?? callFailure?.description }
  /// Why EC2 can't be asked, and what to do beyond looking at the network; nil where it answers, if only to refuse
  /// what a policy does not allow: that is another check's matter.
  var trouble: (cause: String, remedy: String?)? {
    if let connectionError { return (connectionError, nil) }
    guard let callFailure, callFailure.failureClass != .permission else { return nil }
    return (callFailure.cause, callFailure.httpStatus == nil ? nil : callFailure.remedy)
  }
  private var callFailure: EC2Failure?
  /// The last proof of the connection that is kept for claims.
  private(set) var warm: WarmConnection?
  private var connectionError: String?
  /// The clock skew shown: it changes only by more than 2 s, so that a poll of a quiet daemon changes nothing.
  private(set) var clockSkewMilliseconds: Double?

  mutating func succeeded(skew: ClockSkew) {
    if lastSuccessAt == nil || lastError != nil { lastSuccessAt = Date.now }
    callFailure = nil
    connectionError = nil
    noteSkew(skew)
  }

  /// The connection that is kept for claims was proven, or could not be made.
  mutating func keptWarm(_ result: Result<WarmConnection, TransportError>, skew: ClockSkew) {
    switch result {
    case .success(let connection):
      warm = connection
      connectionError = nil
      noteSkew(skew)
    case .failure(let error) where error.kind == .cancelled: break
    case .failure(let error): connectionError = error.description
    }
  }

  mutating func failed(_ failure: EC2Failure, skew: ClockSkew) {
    guard !failure.isCancelled else { return }
    callFailure = failure
    if failure.httpStatus != nil { noteSkew(skew) }
  }

  private mutating func noteSkew(_ skew: ClockSkew) {
    let measured = (skew.seconds * 1000).rounded()
    if let shown = clockSkewMilliseconds, abs(shown - measured) <= 2000 { return }
    clockSkewMilliseconds = measured
  }
}
