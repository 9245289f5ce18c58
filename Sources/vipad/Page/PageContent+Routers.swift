/// Both routers side by side, and what each lacks.
extension PageContent {
  var routers: String {
    let other = status.pair.map(peerCard) ?? ""
    return """
      <section id="routers" aria-labelledby="routers-title">
      <h2 id="routers-title">Routers</h2>
      <div class="cards">
      \(card("This router", RouterPicture(status), rows: [("instance", whoami.instanceId ?? "-")]))
      \(other)
      </div>
      </section>
      """
  }

  private func peerCard(_ pair: PairDocument) -> String {
    let peer = pair.peer
    let reach: (String, PageMood)? =
      switch peer.reachable {
      case nil: ("not read yet", .attention)
      case false: ("can't be read: \(peer.reason ?? "")", .bad)
      default: nil
      }
    var rows = [("asked at", peer.url)]
    if peer.reachable == false { rows.append(("old since", peer.since)) }
    guard let picture = peer.status else {
      let why = reach.map { "<p>\($0.1.word($0.0))</p>" } ?? ""
      return "<article class=\"card\"><h3>The other router</h3>\(why)<dl>\(Self.list(rows))</dl></article>"
    }
    return card("The other router", picture, rows: rows, reach: reach)
  }

  private func card(
    _ name: String, _ picture: RouterPicture, rows: [(String, String)], reach: (String, PageMood)? = nil
  ) -> String {
    let why = reach.map { "<p>\($0.1.word($0.0))</p>" } ?? ""
    let groups = picture.groups.map(Self.groupRows).joined()
    let ready = picture.readiness.ready ? PageMood.good.word("ready") : PageMood.bad.word("not ready")
    let audit =
      picture.audit.ok ? PageMood.good.word("ok") : PageMood.bad.word(picture.audit.reason ?? "failing")
    return """
      <article class="card"><h3>\(name)</h3>\(why)
      <dl>
      \(groups)
      <dt>readiness</dt><dd>\(ready)</dd>
      <dt>audit log</dt><dd>\(audit), record \(picture.audit.seq)</dd>
      \(Self.list(rows))
      <dt>vipad</dt><dd>\(html(picture.version)), started \(htmlTime(picture.startedAt))</dd>
      </dl></article>
      """
  }

  private static func groupRows(_ group: RouterPicture.GroupPicture) -> String {
    """
    <dt>\(html(group.group))</dt><dd><strong>\(html(group.vrrp.state ?? "VRRP not known"))</strong>, \
    \(PageMood(ofVerdict: group.verdict).word(group.verdict))</dd>
    <dt>since</dt><dd>\(htmlTime(group.vrrp.since))</dd>
    <dt>evidence</dt><dd>\(html(group.vrrp.source))</dd>
    <dt>interface</dt><dd><code>\(html(group.networkInterfaceId ?? "not known"))</code></dd>
    """
  }

  private static func list(_ rows: [(String, String)]) -> String {
    rows.map { "<dt>\(html($0.0))</dt><dd>\(html($0.1))</dd>" }.joined()
  }

  // MARK: Would a failover work?

  var readiness: String {
    let missing = RouterPicture(status).missing.map(\.name)
    let failed = status.readiness.checks.filter { missing.contains($0.name) }
    let summary =
      status.readiness.ready
      ? "<p>\(PageMood.good.word("Ready")): a failover to this router would work now.</p>"
      : "<p>\(PageMood.bad.word("Not ready")): a failover to this router may not work.</p>"
    return """
      <section id="readiness" aria-labelledby="readiness-title">
      <h2 id="readiness-title">Readiness of this router</h2>
      \(summary)
      <ul>\(failed.map(Self.item).joined())</ul>
      <details id="checks"><summary id="checks-summary">all checks</summary>
      <ul>\(status.readiness.checks.map(Self.item).joined())</ul></details>
      </section>
      """
  }

  private static func item(_ check: StatusDocument.Check) -> String {
    let mood: PageMood = check.ok ? .good : check.state == "unknown" ? .attention : .bad
    let word = mood.word(check.state)
    let remedy = check.remedy.map { "<p>What to do: \(html($0))</p>" } ?? ""
    return """
      <li><p><strong>\(html(check.name))</strong> \(word): \(html(check.detail)) \
      <span class="dim">since \(htmlTime(check.checkedAt))</span></p>\(remedy)</li>
      """
  }

  var audit: String {
    let health =
      status.audit.ok
      ? PageMood.good.word("takes records") : PageMood.bad.word(status.audit.reason ?? "fails")
    let ec2 =
      status.ec2.lastError.map { PageMood.bad.word($0) }
      ?? (status.ec2.lastSuccessAt == nil
        ? PageMood.attention.word("not asked yet") : PageMood.good.word("answers"))
    return """
      <section id="audit" aria-labelledby="audit-title">
      <h2 id="audit-title">Audit log and EC2</h2>
      <dl>
      <dt>audit log</dt><dd>\(health), \(status.audit.seq) records</dd>
      <dt>head</dt><dd><code>\(html(status.audit.headHash))</code></dd>
      <dt>EC2</dt><dd>\(ec2) <code>\(html(status.ec2.endpoint ?? ""))</code></dd>
      </dl>
      </section>
      """
  }
}
