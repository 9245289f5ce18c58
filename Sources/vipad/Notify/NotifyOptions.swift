import Digest

/// Whom this router tells what happened; off unless `webhook` is set.
struct NotifyOptions: Sendable, Equatable {
  /// Where notifications are posted.
  var webhook: WebhookURL?
  /// The file with the secret that they are signed with.
  var secretFile: String?
  /// A PEM file of the authorities that the receiver's certificate is checked with; nil: the system's.
  var caBundle: String?
  /// How long this router must be unready before that is told, and ready again before that is.
  var notReadySeconds = 60.0
}

/// A receiver's URL, whose path and query are as good as a password with many receivers: only scheme, host and port
/// can be printed.
struct WebhookURL: Sendable, Equatable, CustomStringConvertible {
  private let secret: Secret
  /// Scheme, host and port.
  let description: String

  /// Takes `https://HOST[:PORT][/PATH][?QUERY]`, or http to a loopback address; nil for anything else.
  init?(_ text: String) {
    guard text.utf8.count <= 2048, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), !text.contains("#"),
      let start = text.firstRange(of: "://")?.upperBound
    else { return nil }
    let end = text[start...].firstIndex { $0 == "/" || $0 == "?" } ?? text.endIndex
    let endpoint = String(text[..<end])
    guard (try? SettingForm.ec2Endpoint.read(.text(endpoint))) != nil else { return nil }
    (secret, description) = (Secret(text), endpoint)
  }

  /// The whole of it, for the transport.
  var revealed: String { secret.revealed }

  static func == (left: WebhookURL, right: WebhookURL) -> Bool { left.secret.matches(right.secret.revealed) }
}

extension SettingForm<WebhookURL> {
  static var webhook: SettingForm {
    text("https://HOST[:PORT]/PATH, or http:// to a loopback address", isShown: false, check: WebhookURL.init)
  }
}

/// Finds what the keys of `[notify]` can't say alone.
struct NotifyComparison {
  let findings: [(key: String, reason: String)]

  init(_ options: NotifyOptions) {
    let isUnsigned = options.webhook != nil && options.secretFile == nil
    findings =
      isUnsigned
      ? [
        (
          "secretFile",
          "is missing: notifications are signed; make one by (umask 027; openssl rand -hex 32 > FILE)"
        )
      ] : []
  }
}
