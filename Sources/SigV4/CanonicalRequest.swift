internal import Digest

/// Stage 1 of a signature: the request in the one form both sides compute.
public struct CanonicalRequest: Sendable, Equatable {
  /// The six parts, one below the other; holds the session token where that is signed.
  public let text: String
  /// The names of the signed headers: lower case, sorted, joined by semicolons.
  public let signedHeaders: String
}

/// Brings a request into its canonical form.
///
/// `signedHeaderNames` are those of a signature to verify; left out, all headers that may be signed are.
/// Source: AWS, "Create a signed AWS API request", step 1.
public func canonicalRequest(
  _ request: SignableRequest, scope: SigningScope, signing signedHeaderNames: [String]? = nil
) -> CanonicalRequest {
  let headers = CanonicalHeaders(request.headers, signing: signedHeaderNames)
  let parts = [
    request.method,
    canonicalPath(request.path, normalize: scope.normalizePath),
    canonicalQuery(request.query),
    headers.lines,
    headers.signedHeaders,
    hexadecimal(sha256(request.body)),
  ]
  return CanonicalRequest(text: parts.joined(separator: "\n"), signedHeaders: headers.signedHeaders)
}
