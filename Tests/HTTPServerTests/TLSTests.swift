import FoundationEssentials
import HTTPServer
import Testing

@Suite struct TLSTests {
  let directory: TemporaryDirectory

  init() throws {
    directory = try TemporaryDirectory()
    _ = shell(
      "cd \(directory.path) && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
        + "-keyout key.pem -out cert.pem -subj /CN=localhost -addext subjectAltName=DNS:localhost")
  }

  private func settings() throws -> ListenerSettings {
    var settings = loopback()
    settings.tls = .init(
      certificatePEM: try String(contentsOfFile: directory.file("cert.pem"), encoding: .utf8),
      keyPEM: try String(contentsOfFile: directory.file("key.pem"), encoding: .utf8))
    return settings
  }

  @Test("curl verifies the certificate and keeps the connection") func servesTLS() throws {
    let listener = try describingListener(settings())
    let url = "https://localhost:\(listener.port)/a"
    let curl =
      "curl -sS --resolve localhost:\(listener.port):127.0.0.1 --cacert \(directory.file("cert.pem"))"
    #expect(shell("\(curl) -d abc \(url) \(url)") == "POST /a  3 1POST /a  3 1")
    #expect(
      shell("\(curl) --tls-max 1.1 --tlsv1.0 --ciphers DEFAULT@SECLEVEL=0 \(url)").contains("curl: (35)"))
  }

  @Test func keyCannotBePrinted() throws {
    let settings = try settings()
    var dumped = ""
    dump(settings, to: &dumped)
    let printed = "\(settings) \(String(reflecting: settings)) \(dumped)"
    #expect(!printed.contains("PRIVATE KEY"))
  }

  @Test func wrongKeyIsAnError() throws {
    var settings = try settings()
    settings.tls = .init(certificatePEM: "no certificate", keyPEM: "no key")
    #expect(throws: HTTPServerError.self) { try describingListener(settings) }
  }

  @Test("a silent client is cut in the handshake too") func silentHandshakeIsCut() throws {
    var settings = try settings()
    settings.headerDeadlineSeconds = 0.3
    let listener = try describingListener(settings)
    #expect(try RawClient(port: listener.port).readToEnd(withinSeconds: 3).closed)
  }
}
