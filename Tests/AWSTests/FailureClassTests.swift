import AWS
import Testing

@Suite struct FailureClassTests {
  @Test(arguments: [
    "RequestLimitExceeded", "EC2ThrottledException", "Throttling", "ThrottlingException",
    "TooManyRequests", "TooManyRequestsException", "SlowDown", "BandwidthLimitExceeded", "RequestThrottled",
    "RequestThrottledException",
  ])
  func rateLimitsAreThrottled(_ code: String) {
    #expect(FailureClass(errorCode: code, httpStatus: 503) == .throttled)
    #expect(FailureClass(errorCode: code, httpStatus: 400) == .throttled)
  }

  @Test(arguments: [
    "InternalError", "InternalFailure", "Unavailable", "ServiceUnavailable", "RequestTimeout",
  ])
  func troubleOfEC2IsTransient(_ code: String) {
    #expect(FailureClass(errorCode: code, httpStatus: 400) == .transient)
  }

  @Test(arguments: [500, 502, 503, 504, 599])
  func serverStatusesAreTransient(_ status: Int) {
    #expect(FailureClass(errorCode: nil, httpStatus: status) == .transient)
    #expect(FailureClass(errorCode: "NeverHeardOf", httpStatus: status) == .transient)
  }

  @Test func socketsTimeOutsAndUnreadableAnswersAreTransient() {
    #expect(FailureClass(errorCode: nil, httpStatus: nil) == .transient)
    #expect(FailureClass(errorCode: nil, httpStatus: 200) == .transient)
  }

  @Test(arguments: [
    "ExpiredToken", "RequestExpired", "AuthFailure", "InvalidClientTokenId", "SignatureDoesNotMatch",
    "MissingAuthenticationToken", "RequestTimeTooSkewed",
  ])
  func refusedSignaturesAreCredentials(_ code: String) {
    #expect(FailureClass(errorCode: code, httpStatus: 401) == .credentials)
    #expect(FailureClass(errorCode: code, httpStatus: 403) == .credentials)
  }

  @Test(arguments: ["UnauthorizedOperation", "OptInRequired", "Blocked"])
  func missingRightsArePermission(_ code: String) {
    #expect(FailureClass(errorCode: code, httpStatus: 403) == .permission)
    #expect(FailureClass(errorCode: code, httpStatus: 400) == .permission)
  }

  @Test(arguments: ["InvalidNetworkInterfaceID.NotFound", "InvalidInstanceID.NotFound"])
  func missingResourcesAreIdentity(_ code: String) {
    #expect(FailureClass(errorCode: code, httpStatus: 400) == .identity)
  }

  @Test(arguments: ["InvalidParameterValue", "InvalidParameterCombination", "PrivateIpAddressLimitExceeded"])
  func refusedParametersAreConfiguration(_ code: String) {
    #expect(FailureClass(errorCode: code, httpStatus: 400) == .configuration)
  }

  @Test(arguments: [
    (429, FailureClass.throttled), (401, .credentials), (403, .permission), (400, .configuration),
    (404, .configuration), (301, .configuration), (499, .configuration),
  ])
  func unknownCodesGoByTheStatus(_ status: Int, _ expected: FailureClass) {
    #expect(FailureClass(errorCode: "NeverHeardOf", httpStatus: status) == expected)
  }

  @Test(arguments: [200, 302, 400, 401, 403, 404, 500, 503])
  func anAnswerWithoutACodeIsNotEC2sOwn(_ status: Int) {
    #expect(FailureClass(errorCode: "", httpStatus: status) == .transient)
    #expect(FailureClass(errorCode: nil, httpStatus: status) == .transient)
  }

  @Test func codesAreMatchedWhole() {
    #expect(FailureClass(errorCode: "InvalidInstanceID.Malformed", httpStatus: 400) == .configuration)
    #expect(FailureClass(errorCode: "expiredtoken", httpStatus: 400) == .configuration)
  }
}
