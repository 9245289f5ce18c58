internal import Digest
public import FoundationEssentials

/// The name of the algorithm, as it stands in the string to sign and in the Authorization header.
public let signatureAlgorithm = "AWS4-HMAC-SHA256"

/// Stage 2 of a signature: the time, the scope and the canonical request's hash.
///
/// Source: AWS, "Create a signed AWS API request", step 3.
public func stringToSign(_ canonical: CanonicalRequest, scope: SigningScope, at date: Date) -> String {
  let parts = [
    signatureAlgorithm,
    SigningTime(date).timestamp,
    credentialScope(scope, at: date),
    hexadecimal(sha256(Array(canonical.text.utf8))),
  ]
  return parts.joined(separator: "\n")
}

/// What a signature is valid for: `DAY/REGION/SERVICE/aws4_request`.
public func credentialScope(_ scope: SigningScope, at date: Date) -> String {
  "\(SigningTime(date).day)/\(scope.region)/\(scope.service)/aws4_request"
}
