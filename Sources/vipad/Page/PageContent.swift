/// What the status page shows, as HTML: one section for each question a person comes with.
///
/// Each section has an id; the page's script replaces those that differ.
struct PageContent {
  let status: StatusDocument
  let whoami: WhoamiDocument
  let failovers: [PastClaim]

  static let shownFailovers = 10

  /// The page's main part.
  var main: String {
    [verdict, vips, routers, timeline, readiness, audit, notifications].joined(separator: "\n")
  }

  /// The browser's tab: the state comes first.
  var title: String { "\(headline.word) · \(name)" }

  /// Which router this is.
  var name: String { "vipad on \(whoami.instanceId ?? "this router")" }

  // MARK: How does it stand?

  private var headline: (word: String, mood: PageMood, text: String) {
    guard let pair = status.pair else {
      return (status.verdict, PageMood(ofVerdict: status.verdict), Self.meaning(of: status.verdict))
    }
    let verdict = pair.verdict.flatMap(PairVerdict.init)
    return (pair.verdict ?? "not known yet", PageMood(ofPair: verdict), pair.detail)
  }

  private var verdict: String {
    let (word, mood, text) = headline
    return """
      <section id="verdict" class="verdict \(mood.rawValue)" aria-label="State">
      <p class="word">\(html(word))</p>
      <p class="detail">\(html(text))</p>
      <p>since \(htmlTime(since))</p>
      </section>
      """
  }

  /// Since when the verdict is what it is: the pair's, else that of the group which it is of.
  private var since: String? {
    status.pair?.since ?? status.groups.first { $0.verdict == status.verdict }?.since
  }

  /// A verdict of this router alone, in words (README.md, Operations).
  static func meaning(of verdict: String) -> String {
    switch verdict {
    case "holding": "this router is MASTER, and AWS confirms that the VIP is here"
    case "claiming": "this router is MASTER; the VIP is not confirmed yet"
    case "standby": "another router holds the VIP"
    case "orphaned": "not MASTER here, and nobody holds the VIP: look at the other router"
    case "misplaced": "not MASTER here, yet the VIP is here: look at VRRP on both"
    case "lost": "this router is MASTER and another interface holds the VIP"
    case "contended": "another router keeps taking the VIP: two are MASTER, look at VRRP"
    case "paused": "an operator has stopped all claims: vipad resume"
    default: "not enough is known: see the readiness below"
    }
  }

  // MARK: Who holds the VIP?

  private var vips: String {
    let rows = status.vips.map { vip in
      """
      <tr><th scope="row">\(html(vip.vip))</th><td>\(holder(of: vip))</td>\
      <td>\(htmlTime(vip.observedAt))</td><td>\(html(vip.group))</td></tr>
      """
    }
    return """
      <section id="vips" aria-labelledby="vips-title">
      <h2 id="vips-title">Who holds the VIP</h2>
      <div class="scroll" id="vips-scroll" tabindex="0" role="region" aria-label="VIPs and their holders"><table>
      <thead><tr><th scope="col">VIP</th><th scope="col">holder</th><th scope="col">since</th>\
      <th scope="col">group</th></tr></thead>
      <tbody>
      \(rows.joined(separator: "\n"))
      </tbody></table></div>
      </section>
      """
  }

  private func holder(of vip: StatusDocument.VIPDocument) -> String {
    guard vip.observedAt != nil else { return PageMood.attention.word("not known yet") }
    guard let holder = vip.holder else { return PageMood.bad.word("nobody") }
    let interface = "<code>\(html(holder.networkInterfaceId))</code>"
    if vip.held == true {
      let sure =
        vip.confirmed ? PageMood.good.word("confirmed") : PageMood.attention.word("not confirmed yet")
      return "<strong>this router</strong> \(interface), \(sure)"
    }
    let peers = status.pair?.peer.status?.groups.compactMap(\.networkInterfaceId) ?? []
    let who = peers.contains(holder.networkInterfaceId) ? "<strong>the other router</strong> " : ""
    return who + interface + (holder.instanceId.map { " <code>\(html($0))</code>" } ?? "")
  }
}
