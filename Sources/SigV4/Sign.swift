internal import Digest
public import FoundationEssentials

/// Signs a request: returns the headers to add to it, the Authorization header last.
///
/// They replace headers of the same names that the request may have. Never print the value of the
/// Authorization or X-Amz-Security-Token header.
/// Source: AWS, "Create a signed AWS API request".
public func sign(
  _ request: SignableRequest, with credentials: Credentials, scope: SigningScope, at date: Date
) -> [(name: String, value: String)] {
  var added = signedAdditions(request, credentials, scope, date)
  let canonical = canonicalRequest(request.replacing(added), scope: scope)
  if scope.omitSessionToken { added += sessionTokenHeader(credentials) }
  let key = signingKey(secretAccessKey: credentials.secretAccessKey, scope: scope, at: date)
  let signature = signature(stringToSign(canonical, scope: scope, at: date), signingKey: key)
  let credential = "\(credentials.accessKeyId)/\(credentialScope(scope, at: date))"
  let authorization =
    "\(signatureAlgorithm) Credential=\(credential), "
    + "SignedHeaders=\(canonical.signedHeaders), Signature=\(signature)"
  return added + [("Authorization", authorization)]
}

// Added before signing, so that the signature covers them.
func signedAdditions(
  _ request: SignableRequest, _ credentials: Credentials, _ scope: SigningScope, _ date: Date
) -> [(name: String, value: String)] {
  var headers = [("X-Amz-Date", SigningTime(date).timestamp)]
  if scope.signBody { headers.append(("X-Amz-Content-Sha256", hexadecimal(sha256(request.body)))) }
  if !scope.omitSessionToken { headers += sessionTokenHeader(credentials) }
  return headers
}

private func sessionTokenHeader(_ credentials: Credentials) -> [(name: String, value: String)] {
  credentials.sessionToken.map { [("X-Amz-Security-Token", $0)] } ?? []
}

extension SignableRequest {
  // A session token that is left over from other credentials must not be signed.
  func replacing(_ added: [(name: String, value: String)]) -> SignableRequest {
    let replaced = Set(added.map { $0.name.lowercased() }).union(["x-amz-security-token"])
    var request = self
    request.headers = headers.filter { !replaced.contains($0.name.lowercased()) } + added
    return request
  }
}
