import Digest

/// Proves to a receiver who posted a body, and when: HMAC-SHA256 over `SECONDS.BODY`, as Stripe's webhooks have it.
enum NotificationSignature {
  static let header = "vipad-signature"

  /// The header's value: `t=SECONDS,v1=HEX`.
  static func value(of body: [UInt8], unixSeconds: Int, secret: Secret) -> String {
    let message = Array("\(unixSeconds).".utf8) + body
    return
      "t=\(unixSeconds),v1=\(hexadecimal(hmacSHA256(key: Array(secret.revealed.utf8), message: message)))"
  }
}
