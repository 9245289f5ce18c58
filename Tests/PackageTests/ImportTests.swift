import Testing

/// What each target may import of ours and of packages: the table of the design, as the compiler sees it.
private let mayImport: [String: Set<String>] = [
  "Digest": ["CLibcrypto"],
  "SigV4": ["Digest"],
  "AWS": ["SigV4", "CCurl", "CExpat"],
  "Audit": ["Digest", "CLinux"],
  "Netlink": ["CLinux"],
  "Failover": [],
  "HTTPServer": ["CMicroHTTPD", "CLinux"],
  "vipad": [
    "HTTPServer", "Failover", "AWS", "Netlink", "Audit", "Digest", "CLinux",
    "ArgumentParser", "Logging", "TOMLKit",
  ],
  "EC2Simulator": ["HTTPServer", "SigV4"],
  "ec2sim": ["EC2Simulator", "ArgumentParser"],
]

/// What any target may import, but Failover: it decides without clock, file or socket.
private let everywhere: Set = [
  "Glibc", "Synchronization", "FoundationEssentials", "SystemPackage", "Dispatch",
]

@Suite struct ImportTests {
  static let sources = Repository.files(below: "Sources", endingIn: ".swift")

  @Test func everyTargetHasARowInTheTable() {
    let targets = Set(Self.sources.map(target))
    #expect(targets == Set(mayImport.keys))
  }

  @Test func everyTargetImportsOnlyWhatItMay() {
    for file in Self.sources {
      let target = target(of: file)
      let allowed = mayImport[target, default: []].union(target == "Failover" ? [] : everywhere)
      for (number, line) in file.lines.enumerated() {
        for module in modules(importedBy: line) where !allowed.contains(module) {
          Issue.record("\(file.path):\(number + 1): \(target) may not import \(module)")
        }
      }
    }
  }

  /// Foundation brings ICU into the binary as soon as something is formatted: 45 MB.
  @Test func nothingImportsFoundation() {
    let heavy: Set = [
      "Foundation", "FoundationXML", "FoundationNetworking", "FoundationInternationalization",
    ]
    for file in Self.sources + Repository.files(below: "Tests", endingIn: ".swift") {
      let imported = Set(file.lines.flatMap(modules(importedBy:)))
      #expect(imported.isDisjoint(with: heavy), "\(file.path)")
    }
  }

  @Test(arguments: [
    ("import Glibc", ["Glibc"]),
    ("  public import FoundationEssentials // dates", ["FoundationEssentials"]),
    ("@testable import vipad", ["vipad"]),
    ("@preconcurrency internal import struct Foundation.Date", ["Foundation"]),
    ("import A; import B", ["A", "B"]),
    ("importantly = 1", []),
    ("// import Foundation", []),
    ("let import_ = 2", []),
  ])
  func readsImportLinesAsTheCompilerDoes(line: String, expected: [String]) {
    #expect(modules(importedBy: line) == expected)
  }

  private func target(of file: Repository.File) -> String {
    String(file.path.split(separator: "/")[1])
  }
}
