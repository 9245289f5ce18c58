import Glibc
import SystemPackage
import Testing

@testable import vipad

/// The files that the daemon writes itself are nobody else's to bend.
struct OwnFileTests {
  @Test func itsModeIsWhatIsAskedFor() throws {
    try withDirectory { directory in
      let path = directory.appending("f")
      try OwnFile(path.string).replace(with: Array("x".utf8), permissions: [.ownerReadWrite, .groupRead])
      #expect(try Stat(path).permissions == [.ownerReadWrite, .groupRead])
    }
  }

  @Test func aSymbolicLinkIsRefusedAndItsTargetLeftAlone() throws {
    try withDirectory { directory in
      let path = directory.appending("f")
      let target = try write("precious", to: directory.appending("target"))
      _ = unsafe symlink(target.string, path.string)
      #expect(refusal(path) == "cannot write \(path): it is a symbolic link; fix: rm \(path)")
      #expect(try readWhole(target) == Array("precious".utf8))
    }
  }

  @Test("a link where the new file is made is not followed") func linkInTheWayIsReplaced() throws {
    try withDirectory { directory in
      let path = directory.appending("f")
      let target = try write("precious", to: directory.appending("target"))
      _ = unsafe symlink(target.string, path.string + ".new")
      #expect(refusal(path) == nil)
      #expect(try readWhole(target) == Array("precious".utf8))
      #expect(try readWhole(path) == Array("new".utf8))
    }
  }

  @Test(arguments: [0o664, 0o646]) func aFileThatOthersCanWriteIsRefused(mode: mode_t) throws {
    try withDirectory { directory in
      let path = try write("old", to: directory.appending("f"), mode: mode)
      #expect(refusal(path) == "cannot write \(path): others may write to \(path); fix: chmod go-w \(path)")
      #expect(try readWhole(path) == Array("old".utf8))
    }
  }

  @Test(arguments: [0o777, 0o1777, 0o770]) func aDirectoryThatOthersCanWriteIsRefused(mode: mode_t) throws {
    try withDirectory { directory in
      let path = directory.appending("f")
      _ = unsafe chmod(directory.string, mode)
      let words = "cannot write \(path): others may write to \(directory); fix: chmod go-w \(directory)"
      #expect(refusal(path) == words)
    }
  }

  @Test func aDirectoryThatIsALinkIsRefused() throws {
    try withDirectory { directory in
      _ = unsafe mkdir(directory.appending("real").string, 0o755)
      _ = unsafe symlink("real", directory.appending("link").string)
      let path = directory.appending("link").appending("f")
      #expect(refusal(path)?.contains("link is a symbolic link or no directory") == true)
    }
  }

  @Test(.enabled(if: geteuid() == 0, "only root can give a file away"))
  func whatBelongsToAnotherIsRefused() throws {
    try withDirectory { directory in
      let path = try write("old", to: directory.appending("f"))
      _ = unsafe chown(path.string, 65534, 0)
      #expect(
        refusal(path) == "cannot write \(path): \(path) belongs to user id 65534; fix: chown 0 \(path)")
      _ = unsafe chown(directory.string, 65534, 0)
      let words = "cannot write \(path): \(directory) belongs to user id 65534; fix: chown 0 \(directory)"
      #expect(refusal(path) == words)
    }
  }

  @Test func aDirectoryThatIsMissingIsNamedWithTheCommandThatMakesIt() throws {
    try withDirectory { directory in
      let path = directory.appending("none").appending("f")
      let said = refusal(path)
      #expect(said?.contains("fix: install -d -m 755 -o \(geteuid()) \(directory)/none") == true)
    }
  }

  private func refusal(_ path: FilePath) -> String? {
    do {
      try OwnFile(path.string).replace(with: Array("new".utf8), permissions: .ownerReadWrite)
      return nil
    } catch {
      return error.description
    }
  }
}
