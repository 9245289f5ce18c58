import AWS
import Digest
import Dispatch
import Failover
import SystemPackage

/// What a delivery needs, as far as it can be looked at without one: nothing is sent, and nobody is connected to.
struct WebhookSurvey: Sendable {
  let options: NotifyOptions
  let proxy: ProxySettings
  private static let queue = DispatchQueue(label: "vipad webhook")

  /// Nil without a webhook; reading the files and asking the resolver may block, so it is done on a thread of its own.
  func finding() async -> Finding? {
    guard let post = WebhookPost(options, proxy: proxy) else { return nil }
    return await withCheckedContinuation { continuation in
      Self.queue.async { continuation.resume(returning: Self.look(post)) }
    }
  }

  private static func look(_ post: WebhookPost) -> Finding {
    do {
      _ = try Secret(file: post.secretFile)
      if let path = post.caBundle { try checkAuthorities(path) }
    } catch {
      return .failed(
        .notify, "nothing can be delivered: \(error)", "mend the file; vipad reads it anew for each attempt")
    }
    let host = EndpointFinding.host(of: post.webhook.description)
    if !post.proxy.isUsed(for: post.webhook.revealed), HostAddresses.lookUp(host).addresses.isEmpty {
      return .failed(
        .notify, "nothing can be delivered: \(host) has no address",
        "correct webhook under [notify], or see to the resolver")
    }
    return .ok(.notify, "\(post.webhook) can be told, as far as that shows without a word to it")
  }

  private static func checkAuthorities(_ path: String) throws(ConfigurationError) {
    let bytes: [UInt8]
    do {
      let file = try FileDescriptor.openTyped(path, [.closeOnExec, .nonBlocking])
      defer { try? file.close() }
      bytes = try file.readAll(atMost: 16 << 20)
    } catch {
      throw ConfigurationError(file: path, reason: "can't be read: \(error)")
    }
    guard String(decoding: bytes, as: UTF8.self).contains("CERTIFICATE-----") else {
      throw ConfigurationError(file: path, reason: "has no certificate in PEM")
    }
  }
}

extension Finding {
  /// Whether notifications get through: by what the survey found, and by how the last deliveries went.
  static func notify(_ surveyed: Finding?, _ deliveries: NotifyDocument?) -> Finding? {
    guard let deliveries else { return nil }
    if let surveyed, surveyed.state != .ok { return surveyed }
    guard let failing = deliveries.failing else { return surveyed }
    let reason = failing.reason.map { ": \($0)" } ?? ""
    return .failed(
      .notify, "nothing was delivered to \(deliveries.receiver) since \(failing.since)\(reason)",
      "see to the receiver; journalctl -u vipad -g notify: has each attempt; "
        + (deliveries.pending > 0
          ? "systemctl reload vipad makes one at once" : "the next notification will tell"))
  }
}
