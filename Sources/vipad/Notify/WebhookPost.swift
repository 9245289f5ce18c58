import AWS
import Audit
import Digest
import FoundationEssentials

/// One attempt to post a notification.
///
/// The receiver must show a certificate that is verified (plain http goes to loopback only), redirections are not
/// followed, and little is read of what it answers. The connection ends with the attempt.
struct WebhookPost: Sendable {
  let webhook: WebhookURL
  let secretFile: String
  let caBundle: String?
  let proxy: ProxySettings
  private static let maximumAnswerBytes = 65_536

  /// Nil where the options name no receiver.
  init?(_ options: NotifyOptions, proxy: ProxySettings) {
    guard let webhook = options.webhook, let secretFile = options.secretFile else { return nil }
    (self.webhook, self.secretFile, self.proxy, caBundle) = (webhook, secretFile, proxy, options.caBundle)
  }

  /// Posts a body, signed for this moment by the secret as the file has it now.
  func answer(to body: [UInt8]) async -> DeliveryAnswer {
    do {
      let signature = NotificationSignature.value(
        of: body, unixSeconds: Int(Date.now.timeIntervalSince1970), secret: try Secret(file: secretFile))
      let transport = try CurlTransport(
        CurlSettings(
          caBundle: caBundle, proxy: proxy, maximumBodyBytes: Self.maximumAnswerBytes,
          deadConnectionMilliseconds: 5000))
      let response = try await transport.send(
        TransportRequest(
          method: "POST", url: webhook.revealed,
          headers: [
            (name: "User-Agent", value: "vipad/\(Vipad.version)"),
            (name: "Content-Type", value: "application/json"),
            (name: NotificationSignature.header, value: signature),
          ], body: body, connectTimeoutMilliseconds: 3000, timeoutMilliseconds: 10_000))
      return DeliveryAnswer(status: response.status, retryAfter: response.header("Retry-After"))
    } catch {
      return .failed(reason: "\(error)")
    }
  }
}
