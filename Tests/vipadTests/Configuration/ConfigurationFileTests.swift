import Glibc
import SystemPackage
import Testing

@testable import vipad

/// Who could have written the file decides whether it is read.
struct ConfigurationFileTests {
  private static let minimal = "vips = [\"10.0.1.100\"]\n"

  @Test func readsAFileThatOnlyItsOwnerCanWrite() throws {
    try withDirectory { directory in
      let file = try write(Self.minimal, to: directory.appending("vipad.toml"), mode: 0o644)
      #expect(try load(file).groups.count == 1)
    }
  }

  @Test(arguments: [0o664, 0o646, 0o666])
  func refusesAFileThatOthersCanWrite(mode: mode_t) throws {
    try withDirectory { directory in
      let file = try write(Self.minimal, to: directory.appending("vipad.toml"), mode: mode)
      let octal = String(mode, radix: 8)
      #expect(
        refusal(file)
          == "\(file): \(file) can be written by others (mode \(octal)); fix: chmod go-w \(file)")
    }
  }

  @Test func refusesADirectoryThatOthersCanWrite() throws {
    try withDirectory { directory in
      let file = try write(Self.minimal, to: directory.appending("vipad.toml"), mode: 0o600)
      _ = unsafe chmod(directory.string, 0o777)
      #expect(
        refusal(file)
          == "\(file): \(directory) can be written by others (mode 777); fix: chmod go-w \(directory)")
    }
  }

  @Test func refusesASymbolicLink() throws {
    try withDirectory { directory in
      let file = try write(Self.minimal, to: directory.appending("real.toml"), mode: 0o600)
      let link = directory.appending("vipad.toml")
      _ = unsafe symlink(file.string, link.string)
      #expect(refusal(link) == "\(link): is a symbolic link; name the file by its real path")
    }
  }

  @Test func refusesADirectoryThatIsASymbolicLink() throws {
    try withDirectory { directory in
      _ = unsafe mkdir(directory.appending("real").string, 0o755)
      try write(Self.minimal, to: directory.appending("real").appending("vipad.toml"), mode: 0o600)
      let link = directory.appending("link")
      _ = unsafe symlink(directory.appending("real").string, link.string)
      let file = link.appending("vipad.toml")
      #expect(
        refusal(file)
          == "\(file): its directory \(link) is a symbolic link; name the file by its real path")
    }
  }

  @Test(.enabled(if: geteuid() == 0, "only root can give a file away"))
  func refusesAFileOfAnotherOwner() throws {
    try withDirectory { directory in
      let file = try write(Self.minimal, to: directory.appending("vipad.toml"), mode: 0o600)
      _ = unsafe chown(file.string, 65534, 0)
      #expect(refusal(file) == "\(file): \(file) belongs to user id 65534; fix: chown root \(file)")
    }
  }

  @Test func refusesAFIFOWithoutWaitingForItsWriter() throws {
    try withDirectory { directory in
      let file = directory.appending("vipad.toml")
      _ = unsafe mkfifo(file.string, 0o600)
      #expect(refusal(file) == "\(file): is not a regular file")
    }
  }

  @Test func saysThatAFileIsMissing() throws {
    try withDirectory { directory in
      let file = directory.appending("vipad.toml")
      #expect(refusal(file)?.hasPrefix("\(file): does not exist; write it") == true)
    }
  }

  @Test func refusesAFileThatIsTooLarge() throws {
    try withDirectory { directory in
      let large = Self.minimal + String(repeating: "#", count: 1_048_577)
      let file = try write(large, to: directory.appending("vipad.toml"), mode: 0o600)
      #expect(refusal(file) == "\(file): is larger than 1 MiB")
    }
  }

  private func load(_ file: FilePath) throws(ConfigurationError) -> Configuration {
    try Configuration.load(explicitPath: file.string, environment: [:])
  }

  private func refusal(_ file: FilePath) -> String? {
    do {
      _ = try load(file)
      return nil
    } catch {
      return error.description
    }
  }
}
