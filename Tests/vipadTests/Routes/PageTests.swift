import HTTPServer
import Testing

@testable import vipad

struct PageTests {
  private func field(_ name: String, of response: HTTPResponse) -> String? {
    response.headers.first { $0.name == name }?.value
  }

  @Test func aPageLoadsNothingFromElsewhereAndIsInNoFrame() {
    let page = HTTPResponse.page(Array("<!doctype html><title>x</title>".utf8))
    #expect(page.status == 200)
    #expect(field("Content-Type", of: page) == "text/html; charset=utf-8")
    #expect(field("X-Content-Type-Options", of: page) == "nosniff")
    #expect(field("X-Frame-Options", of: page) == "DENY")
    let policy = field("Content-Security-Policy", of: page)
    #expect(policy == "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
  }

  /// The hash is that of `printf 'let a = 1' | openssl dgst -sha256 -binary | base64`.
  @Test func itsOwnScriptAndStyleAreLetInByTheirHashes() {
    let page = HTTPResponse.page([], styles: ["b{}"], scripts: ["let a = 1"])
    let policy = field("Content-Security-Policy", of: page) ?? ""
    #expect(policy.hasPrefix("default-src 'self'; "))
    #expect(policy.contains("script-src 'self' 'sha256-LAfYd7pbFUgwfQu8b4q135PeTG2z+/coPEUYCd74eCQ='"))
    #expect(policy.contains("style-src 'self' 'sha256-7yqHVAesot11p6HczDsgKRipvI5UPgs97z80zNXlans='"))
    #expect(!policy.contains("unsafe-inline"))
  }
}
