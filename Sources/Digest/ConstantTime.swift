internal import CLibcrypto

/// Compares two secrets in a time that depends on their length only.
///
/// Source: CRYPTO_memcmp(3).
public func equalInConstantTime(_ left: [UInt8], _ right: [UInt8]) -> Bool {
  guard left.count == right.count else { return false }
  return unsafe CRYPTO_memcmp(left, right, left.count) == 0
}
