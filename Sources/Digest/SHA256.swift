internal import CLibcrypto

/// Computes the SHA-256 digest of a message: 32 bytes.
///
/// Source: FIPS 180-4; EVP_DigestInit(3), `EVP_Digest`.
public func sha256(_ message: [UInt8]) -> [UInt8] {
  var digest = [UInt8](repeating: 0, count: digestLength)
  let done = unsafe EVP_Digest(message, message.count, &digest, nil, EVP_sha256(), nil)
  precondition(done == 1, "libcrypto has no SHA-256")
  return digest
}

/// Computes the HMAC-SHA256 code of a message: 32 bytes.
///
/// Source: RFC 2104; HMAC(3).
public func hmacSHA256(key: [UInt8], message: [UInt8]) -> [UInt8] {
  var code = [UInt8](repeating: 0, count: digestLength)
  let keyLength = Int32(key.count)
  let done = unsafe HMAC(EVP_sha256(), key, keyLength, message, message.count, &code, nil)
  precondition(unsafe done != nil, "libcrypto has no HMAC-SHA256")
  return code
}

private let digestLength = 32
