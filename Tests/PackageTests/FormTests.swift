import Testing

@Suite struct FormTests {
  static let swiftFiles = ["Sources", "Tests"].flatMap { Repository.files(below: $0, endingIn: ".swift") }
  static let scripts = ["deploy", "tools", "bench", "Tests", ".ci"]
    .flatMap { Repository.files(below: $0) }
    .filter { $0.text.hasPrefix("#!/bin/sh") || $0.text.hasPrefix("#!/usr/bin/env bash") }

  @Test func noSwiftFileHasOver300Lines() throws {
    try #require(Self.swiftFiles.count > 20)
    for file in Self.swiftFiles {
      #expect(file.lines.count <= 301, "\(file.path): more than one idea?")  // 300 and the end of the last
    }
  }

  @Test(.enabled(if: Tool.isInstalled("swift"), "the Swift toolchain is not in PATH"))
  func swiftFilesAreFormatted() throws {
    let lint = try Tool.run("swift", ["format", "lint", "--strict", "--recursive", "Sources", "Tests"])
    #expect(lint.status == 0, "\(lint.output)")
  }

  @Test(.enabled(if: Tool.isInstalled("shellcheck"), "shellcheck is not installed"))
  func scriptsPassShellcheck() throws {
    try #require(Self.scripts.contains { $0.path == "deploy/vipad-transition" })
    let check = try Tool.run("shellcheck", Self.scripts.map(\.path))
    #expect(check.status == 0, "\(check.output)")
  }

  /// The hook runs in whatever /bin/sh is, as root, at the worst moment.
  @Test(.enabled(if: Tool.isInstalled("dash"), "dash is not installed"))
  func everyScriptForShIsReadByDash() throws {
    for script in Self.scripts where script.text.hasPrefix("#!/bin/sh") {
      let parse = try Tool.run("dash", ["-n", script.path])
      #expect(parse.status == 0, "\(script.path): \(parse.output)")
    }
  }
}
