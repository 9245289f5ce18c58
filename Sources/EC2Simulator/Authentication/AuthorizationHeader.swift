/// The parts of an `Authorization: AWS4-HMAC-SHA256 ...` header.
struct AuthorizationHeader: Sendable, Equatable {
  let accessKeyId: String
  let day: String
  let region: String
  let service: String
  let signedHeaders: [String]
  let signature: String

  /// Nil for anything that is not complete.
  init?(_ text: String) {
    let algorithm = "AWS4-HMAC-SHA256"
    guard text.hasPrefix(algorithm + " ") else { return nil }
    var fields: [String: String] = [:]
    for part in text.dropFirst(algorithm.count).split(separator: ",") {
      let pair = part.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " } }
      if pair.count == 2 { fields[pair[0]] = pair[1] }
    }
    let scope = (fields["Credential"] ?? "").split(separator: "/", omittingEmptySubsequences: false)
    guard scope.count == 5, scope[4] == "aws4_request", let names = fields["SignedHeaders"],
      let signature = fields["Signature"]
    else { return nil }
    (accessKeyId, day) = (String(scope[0]), String(scope[1]))
    (region, service) = (String(scope[2]), String(scope[3]))
    signedHeaders = names.split(separator: ";").map(String.init)
    self.signature = signature
  }
}
