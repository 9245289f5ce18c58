import SystemPackage
import Testing

@testable import vipad

/// The shipped files load, name every key there is, and tell the truth about the defaults.
struct ConfigurationExampleTests {
  @Test func minimalFileIsThreeLinesAndLoads() throws {
    let text = try shipped("vipad.minimal.toml")
    #expect(text.split(separator: "\n").count == 3)
    var expected = Configuration(file: "f.toml")
    expected.groups = [GroupOptions(vips: ["10.0.1.100"], vrrpNames: ["default"])]
    #expect(try load(text) == expected)
  }

  @Test func exampleSaysTheDefaults() throws {
    #expect(try load(try shipped("vipad.example.toml")) == load(try shipped("vipad.minimal.toml")))
  }

  @Test func exampleHasEveryKeyWithItsComment() throws {
    let lines = try shipped("vipad.example.toml").split(separator: "\n", omittingEmptySubsequences: false)
    var table = ""
    var found: Set<String> = []
    for (index, line) in lines.enumerated() {
      // "#key" is a setting that is switched off, "# text" a comment.
      let setting = line.hasPrefix("#") && !line.hasPrefix("# ") ? line.dropFirst() : line
      if setting.hasPrefix("[") {
        table = setting.filter { $0.isLetter } + "."
      } else if let end = setting.firstIndex(of: "="), !setting.hasPrefix("#") {
        found.insert(table + setting[..<end].filter { $0 != " " })
        let isExplained =
          lines[index - 1].hasPrefix("# ") || lines[index - 1].hasPrefix("#networkInterfaceId")
        #expect(isExplained, "line \(index + 1)")
      }
    }
    #expect(found == Self.known)
  }

  @Test func exampleLoadsWithAllSettingsSwitchedOn() throws {
    let lines = try shipped("vipad.example.toml").split(separator: "\n")
      .filter { !$0.hasPrefix("vips") && !$0.hasPrefix("#interface") }
      .map { $0.hasPrefix("#") && !$0.hasPrefix("# ") ? $0.dropFirst() : $0 }
    let configuration = try load(lines.joined(separator: "\n"))
    #expect(configuration.groups.first?.networkInterface == .networkInterfaceId("eni-0123456789abcdef0"))
    #expect(configuration.vrrp.keepalivedPidFile == .file("/run/keepalived/keepalived.pid"))
    #expect(configuration.identity.instanceId == "i-0123456789abcdef0")
    #expect(configuration.aws.caBundle == "/etc/ssl/certs/ca-certificates.crt")
  }

  private static let known = Set(
    ConfigurationSchema.rootKeys.map(\.name) + ConfigurationSchema.groupKeys.map { "group." + $0.name }
      + ConfigurationSchema.sections.flatMap { section in section.keys.map { section.name + "." + $0.name } })

  private func load(_ text: String) throws -> Configuration {
    try Configuration(file: "f.toml", bytes: Array(text.utf8))
  }

  private func shipped(_ name: String) throws -> String {
    let root = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
      .removingLastComponent()
    let bytes = try readWhole(root.appending("config").appending(name))
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// The content of a file that the tests own.
func readWhole(_ path: FilePath) throws -> [UInt8] {
  let file = try FileDescriptor.open(path, .readOnly)
  return try file.closeAfter {
    let size = Int(try Stat(file).size)
    return try unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      count = try unsafe file.read(into: UnsafeMutableRawBufferPointer(buffer))
    }
  }
}
