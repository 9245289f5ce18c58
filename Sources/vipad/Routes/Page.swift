import Digest
import FoundationEssentials
import HTTPServer

extension HTTPResponse {
  /// A page for people: a browser loads nothing for it from elsewhere, shows it in no frame, and takes it for nothing
  /// but HTML.
  ///
  /// `default-src 'self'` keeps out style and script that stand in the page itself, as it does injected ones: those of
  /// `styles` and `scripts`, each exactly what stands between its tags, are let in by their hashes.
  /// Source: Content Security Policy Level 3 (W3C), sections 6 and 8.2; the Fetch Standard, `nosniff`.
  static func page(
    _ html: [UInt8], styles: [String] = [], scripts: [String] = [],
    headers: [(name: String, value: String)] = []
  ) -> HTTPResponse {
    let policy =
      ["default-src 'self'"] + sources("style-src", styles) + sources("script-src", scripts) + [
        "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
      ]
    let own = [
      (name: "Content-Type", value: "text/html; charset=utf-8"),
      (name: "Content-Security-Policy", value: policy.joined(separator: "; ")),
      (name: "X-Content-Type-Options", value: "nosniff"), (name: "X-Frame-Options", value: "DENY"),
      (name: "Referrer-Policy", value: "no-referrer"),
    ]
    return HTTPResponse(status: 200, headers: own + headers, body: html)
  }

  private static func sources(_ directive: String, _ texts: [String]) -> [String] {
    guard !texts.isEmpty else { return [] }
    let hashes = texts.map { "'sha256-\(Data(sha256(Array($0.utf8))).base64EncodedString())'" }
    return ["\(directive) 'self' \(hashes.joined(separator: " "))"]
  }
}
