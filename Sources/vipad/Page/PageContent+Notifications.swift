/// Whether the operator's webhook is told.
extension PageContent {
  /// Empty where none is configured.
  var notifications: String {
    guard let notify = status.notify else { return "" }
    let lost = notify.lost.map { lost in
      "<dt>lost</dt><dd>\(PageMood.attention.word("\(lost.count)")), the last \(htmlTime(lost.at)): "
        + "\(html(lost.reason ?? "-"))</dd>"
    }
    let waiting = notify.pending > 0 ? "<dt>waiting</dt><dd>\(notify.pending)</dd>" : nil
    return """
      <section id="notifications" aria-labelledby="notifications-title">
      <h2 id="notifications-title">Notifications</h2>
      <dl>
      <dt>receiver</dt><dd><code>\(html(notify.receiver))</code></dd>
      <dt>delivery</dt><dd>\(delivery(notify))</dd>
      \([waiting, lost].compactMap(\.self).joined(separator: "\n"))
      </dl>
      </section>
      """
  }

  private func delivery(_ notify: NotifyDocument) -> String {
    if let failing = notify.failing {
      let reason = failing.reason.map { ": \(html($0))" } ?? ""
      return "\(PageMood.attention.word("fails")) since \(htmlTime(failing.since))\(reason)"
    }
    let checks = status.readiness.checks
    if let check = checks.first(where: { $0.name == "notify" && $0.state == "failed" }) {
      let remedy = check.remedy.map { "; what to do: \(html($0))" } ?? ""
      return "\(PageMood.attention.word(check.detail)) since \(htmlTime(check.checkedAt))\(remedy)"
    }
    guard let last = notify.last else { return "nothing to tell yet" }
    let word =
      last.outcome == .delivered
      ? PageMood.good.word("goes well") : PageMood.attention.word(last.outcome.rawValue)
    return "\(word), the last \(htmlTime(last.at))"
  }
}
