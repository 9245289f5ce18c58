/// The last claims as a timeline, each with where its time went.
extension PageContent {
  var timeline: String {
    let content =
      failovers.isEmpty
      ? "<p>None yet, as far as the audit log goes back.</p>"
      : """
      <p class="key"><span class="wire">to the wire</span><span class="ec2">EC2</span>\
      <span class="confirm">confirmation</span></p>
      <ol>
      \(failovers.map(item).joined(separator: "\n"))
      </ol>
      """
    return """
      <section id="failovers" aria-labelledby="failovers-title">
      <h2 id="failovers-title">Last claims of this router</h2>
      \(content)
      </section>
      """
  }

  private func item(_ claim: PastClaim) -> String {
    let isHeld = claim.acceptedMilliseconds != nil || claim.outcome == "alreadyHeld"
    let outcome = (isHeld ? PageMood.good : .attention).word(claim.outcome)
    let way = [claim.previousNetworkInterfaceId, claim.networkInterfaceId].compactMap(\.self)
      .map { "<code>\(html($0))</code>" }.joined(separator: " → ")
    let refusal = claim.errorCode.map { ", last \(html($0))" } ?? ""
    let attempts = claim.attempts == 1 ? "" : ", \(claim.attempts) attempts\(refusal)"
    return """
      <li><p>\(htmlTime(claim.startedAt)) <strong>\(html(claim.vips.joined(separator: ", ")))</strong> \
      \(outcome) <span class="dim">\(html(claim.cause)), group \(html(claim.group))\(attempts)</span></p>\
      <p class="dim">\(way)</p>\(bar(of: claim.phases))<p class="dim">\(Self.words(claim.phases))</p></li>
      """
  }

  private static func words(_ phases: PastClaim.Phases) -> String {
    let parts = [
      ("to the wire", phases.toWireMilliseconds), ("EC2", phases.ec2Milliseconds),
      ("confirmation", phases.confirmationMilliseconds),
    ]
    let known = parts.compactMap { name, value in value.map { "\(name) \(milliseconds($0))" } }
    return known.joined(separator: " + ")
  }

  /// As many digits as anybody reads.
  private static func milliseconds(_ value: Double) -> String {
    value < 100 ? "\((value * 10).rounded() / 10) ms" : "\(Int(min(value, 1e15).rounded())) ms"
  }

  /// The phases to one scale, so that claims can be compared.
  private func bar(of phases: PastClaim.Phases) -> String {
    guard phases.total > 0 else { return "" }
    let longest = failovers.map(\.phases.total).max() ?? phases.total
    var x = 0.0
    let parts = [
      ("wire", phases.toWireMilliseconds), ("ec2", phases.ec2Milliseconds),
      ("confirm", phases.confirmationMilliseconds),
    ]
    let rectangles = parts.map { name, value in
      let width = ((value ?? 0) / longest * 10_000).rounded() / 10
      defer { x += width }
      return "<rect class=\"\(name)\" x=\"\(x)\" y=\"0\" width=\"\(width)\" height=\"10\"/>"
    }
    return """
      <svg viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">\(rectangles.joined())</svg>
      """
  }
}

extension PastClaim.Phases {
  fileprivate var total: Double {
    (toWireMilliseconds ?? 0) + (ec2Milliseconds ?? 0) + (confirmationMilliseconds ?? 0)
  }
}
