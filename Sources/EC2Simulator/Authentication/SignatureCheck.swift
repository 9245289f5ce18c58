import FoundationEssentials
import SigV4

/// Verifies signatures as EC2 does.
struct SignatureCheck: Sendable {
  let region: String
  let errors: Topology.AuthenticationErrors

  /// How far a request's date may be from the simulated clock, in seconds, both ways.
  static let windowSeconds = 300.0

  /// Who signed the request.
  ///
  /// - Throws: the error that EC2 answers; `reason` of the error's `EC2Error.message` names no secret.
  func principal(of request: SignableRequest, keyring: Keyring, at now: Date) throws(EC2Error) -> Principal {
    guard let text = value("authorization", in: request) else { throw .unsigned }
    guard let header = AuthorizationHeader(text), let date = signingDate(request, header) else {
      throw EC2Error(
        "IncompleteSignature", "The request signature does not conform to AWS standards.", httpStatus: 400)
    }
    guard abs(date.timeIntervalSince(now)) <= Self.windowSeconds else { throw .requestExpired }
    guard let key = keyring[header.accessKeyId] else { throw unknownKey }
    guard key.sessionToken == value("x-amz-security-token", in: request) else { throw unknownKey }
    if let expiration = key.expiration, expiration <= now { throw expired }
    try compare(request, header, key, date)
    return key.principal
  }

  private func compare(
    _ request: SignableRequest, _ header: AuthorizationHeader, _ key: Keyring.Key, _ date: Date
  ) throws(EC2Error) {
    guard header.region == region, header.service == "ec2" else {
      throw .signature("Credential should be scoped to a valid region and service.")
    }
    let required = ["host"] + (key.sessionToken == nil ? [] : ["x-amz-security-token"])
    guard Set(required).isSubset(of: header.signedHeaders) else {
      throw .signature("\(required.joined(separator: " and ")) must be signed.")
    }
    let scope = SigningScope(region: region, service: "ec2")
    let canonical = canonicalRequest(request, scope: scope, signing: header.signedHeaders)
    let signingKey = signingKey(secretAccessKey: key.secretAccessKey, scope: scope, at: date)
    let expected = signature(stringToSign(canonical, scope: scope, at: date), signingKey: signingKey)
    guard expected == header.signature else {
      throw .signature("Check your AWS Secret Access Key and signing method.")
    }
  }

  /// The date of X-Amz-Date, which must lie on the day of the scope.
  private func signingDate(_ request: SignableRequest, _ header: AuthorizationHeader) -> Date? {
    guard let text = value("x-amz-date", in: request), text.hasPrefix(header.day) else { return nil }
    return try? Date(
      text, strategy: Date.ISO8601FormatStyle(dateSeparator: .omitted, timeSeparator: .omitted))
  }

  private func value(_ name: String, in request: SignableRequest) -> String? {
    request.headers.first { $0.name.lowercased() == name }?.value
  }

  private var unknownKey: EC2Error {
    switch errors {
    case .ec2:
      EC2Error(
        "AuthFailure", "AWS was not able to validate the provided access credentials", httpStatus: 401)
    case .distinct:
      EC2Error(
        "InvalidClientTokenId", "The security token included in the request is invalid.", httpStatus: 403)
    }
  }

  private var expired: EC2Error {
    switch errors {
    case .ec2: .requestExpired
    case .distinct:
      EC2Error("ExpiredToken", "The security token included in the request is expired", httpStatus: 403)
    }
  }
}

extension EC2Error {
  /// EC2's own words, also for role credentials whose time is over.
  static let requestExpired = EC2Error("RequestExpired", "Request has expired.")

  static let unsigned = EC2Error(
    "MissingAuthenticationToken",
    "The request must contain either a valid (registered) AWS access key ID or X.509 certificate.",
    httpStatus: 403)

  static func signature(_ detail: String) -> EC2Error {
    EC2Error(
      "SignatureDoesNotMatch",
      "The request signature we calculated does not match the signature you provided. " + detail,
      httpStatus: 403)
  }
}
