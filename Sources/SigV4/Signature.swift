internal import Digest
public import FoundationEssentials

/// Stage 3 of a signature: the key of one day, Region and service.
///
/// Source: AWS, "Create a signed AWS API request", step 4.
public func signingKey(secretAccessKey: String, scope: SigningScope, at date: Date) -> [UInt8] {
  let secret = Array("AWS4\(secretAccessKey)".utf8)
  let steps = [SigningTime(date).day, scope.region, scope.service, "aws4_request"]
  return steps.reduce(secret) { key, step in hmacSHA256(key: key, message: Array(step.utf8)) }
}

/// Stage 4 of a signature: 64 lower-case hexadecimal digits.
///
/// Source: AWS, "Create a signed AWS API request", step 5.
public func signature(_ stringToSign: String, signingKey: [UInt8]) -> String {
  hexadecimal(hmacSHA256(key: signingKey, message: Array(stringToSign.utf8)))
}
