internal import CLibcrypto

/// Reads random bytes fit for tokens and identifiers.
///
/// Throws `DigestError.noRandomness` when the system gives none.
/// Source: RAND_bytes(3).
public func randomBytes(_ count: Int) throws(DigestError) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: count)
  guard unsafe RAND_bytes(&bytes, Int32(count)) == 1 else {
    throw .noRandomness(libcryptoErrors: drainedErrors())
  }
  return bytes
}

/// What libcrypto could not do.
public enum DigestError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The random generator gave nothing; the codes are libcrypto's error queue, oldest first.
  case noRandomness(libcryptoErrors: [UInt])

  /// One line for the operator.
  public var description: String {
    switch self {
    case .noRandomness(let errors):
      let codes = errors.map { "error:" + String($0, radix: 16, uppercase: true) }.joined(separator: " ")
      return "libcrypto gave no random bytes (\(codes)); explain a code with `openssl errstr CODE`"
    }
  }
}

// Emptied whole: an error left there would be read as the cause of a later failure.
private func drainedErrors() -> [UInt] {
  var errors: [UInt] = []
  while case let code = ERR_get_error(), code != 0 { errors.append(UInt(code)) }
  return errors
}
