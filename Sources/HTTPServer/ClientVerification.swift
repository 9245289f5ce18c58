import CMicroHTTPD

/// What the TLS client of a connection has shown for itself, held against the client CAs now.
func verifyClient(_ connection: OpaquePointer) -> ClientCertificate {
  var status: UInt32 = 0
  let result = unsafe vipad_tls_verify_client(connection, &status)
  if result == GNUTLS_E_NO_CERTIFICATE_FOUND { return .missing }
  guard result == 0 else { return .refused(reason: "it could not be checked (GnuTLS error \(result))") }
  return status == 0 ? .trusted : .refused(reason: refusal(status))
}

/// The first thing that is wrong, in words.
///
/// Source: gnutls_certificate_status_t, gnutls/gnutls.h.
private func refusal(_ status: UInt32) -> String {
  let reasons: [(gnutls_certificate_status_t, String)] = [
    (GNUTLS_CERT_SIGNER_NOT_FOUND, "no CA of clientCA has signed it"),
    (GNUTLS_CERT_SIGNER_NOT_CA, "what has signed it is no CA"),
    (GNUTLS_CERT_SIGNATURE_FAILURE, "its signature is not by the CA of clientCA that it names"),
    (GNUTLS_CERT_EXPIRED, "it has expired"),
    (GNUTLS_CERT_NOT_ACTIVATED, "it is not valid yet"),
    (GNUTLS_CERT_REVOKED, "it is revoked"),
    (GNUTLS_CERT_INSECURE_ALGORITHM, "its algorithm is not secure"),
    (GNUTLS_CERT_PURPOSE_MISMATCH, "it is not for TLS clients (extendedKeyUsage lacks clientAuth)"),
  ]
  return reasons.first { status & $0.0.rawValue != 0 }?.1 ?? "it is not valid (GnuTLS status \(status))"
}
