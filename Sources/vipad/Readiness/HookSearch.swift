import Failover
import Glibc
import SystemPackage

/// Looks whether the transition script is where keepalived's or VyOS's configuration names it.
struct HookSearch: Sendable {
  /// What the script is called, wherever it lies.
  static let name = "vipad-transition"
  /// Where keepalived's and VyOS's own configuration usually is.
  static let usualPlaces = [
    "/etc/keepalived/keepalived.conf", "/run/keepalived/keepalived.conf", "/config/config.boot",
  ]
  private static let longestConfiguration = 4_194_304

  /// The configuration files to look into, of which any may be missing.
  let files: [String]
  /// Without a hook such a group never becomes MASTER.
  let isNeeded: Bool

  init(files: [String], isNeeded: Bool) {
    self.files = files
    self.isNeeded = isNeeded
  }

  /// What is configured, else what the running keepalived was started with, else the usual places.
  init(_ configuration: Configuration, keepalivedProcessId: Int32?) {
    let named =
      configuration.vrrp.keepalivedConfiguration
      ?? keepalivedProcessId.flatMap(Self.fileNamed(onCommandLineOf:))
    files = named.map { [$0] } ?? Self.usualPlaces
    isNeeded = configuration.groups.contains { $0.witness == .hook }
  }

  /// One finding over all files.
  func finding() -> Finding {
    let contents = files.compactMap { file in
      text(ofFile: file, atMost: Self.longestConfiguration).map { (file, $0) }
    }
    guard !contents.isEmpty else {
      return .unknown(
        .hook, "none of \(files.joined(separator: ", ")) can be read, where the hook would be named",
        "name keepalived's configuration by keepalivedConfiguration under [vrrp]")
    }
    let hooks = contents.flatMap { file, text in Self.hooks(in: text, of: file) }
    guard !hooks.isEmpty else {
      return Self.reader(in: contents).map(Self.elsewhere) ?? unnamed(contents.map(\.0))
    }
    return hooks.lazy.compactMap(Self.problem).first
      ?? .ok(.hook, "\(Set(hooks.map(\.path)).sorted().joined(separator: ", ")) may be run")
  }

  /// A place where the hook is named.
  struct Named: Equatable {
    let file: String
    let line: Int
    let path: String
  }

  /// Every absolute path of the hook in a configuration, but in comments (keepalived.conf(5): # and !).
  static func hooks(in text: String, of file: String) -> [Named] {
    text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().flatMap { index, line in
      let line = line.drop { $0 == " " || $0 == "\t" }
      guard line.first != "#", line.first != "!" else { return [Named]() }
      return line.split { " \t\"'".contains($0) }.filter { $0.hasPrefix("/") && $0.hasSuffix("/" + name) }
        .map { Named(file: file, line: index + 1, path: String($0)) }
    }
  }

  /// Where a program is named that reads keepalived's FIFO, and runs what its own configuration says: as on VyOS.
  private static func reader(in contents: [(file: String, text: String)]) -> String? {
    contents.first { _, text in
      text.split(separator: "\n").contains { line in
        let word = line.split { " \t".contains($0) }.first
        return word == "notify_fifo_script" || word == "vrrp_notify_fifo_script"
      }
    }?.file
  }

  private static func elsewhere(_ file: String) -> Finding {
    .unknown(
      .hook, "\(file) leaves scripts to a notify_fifo_script, whose own configuration can't be seen",
      "see that it runs \(name) (VyOS: show configuration commands | match transition-script)")
  }

  private func unnamed(_ read: [String]) -> Finding {
    let where_ = read.joined(separator: ", ")
    guard isNeeded else {
      return .ok(.hook, "\(where_) names no \(Self.name); the kernel shows who is MASTER without it")
    }
    return .failed(
      .hook, "\(where_) names no \(Self.name), and witness \"hook\" hears of MASTER by nothing else",
      "let notify_master, notify_backup, notify_fault and notify_stop (VyOS: transition-script) run it")
  }

  private static func problem(_ hook: Named) -> Finding? {
    let place = "\(hook.file):\(hook.line) names \(hook.path)"
    do throws(Errno) {
      let status = try Stat(FilePath(hook.path))
      guard status.type == .regular else {
        return .failed(.hook, "\(place), which is no file", remedy(hook.path))
      }
      guard status.permissions.rawValue & 0o111 != 0 else {
        return .failed(.hook, "\(place), which is not executable", "chmod 755 \(hook.path)")
      }
      return nil
    } catch .noSuchFileOrDirectory {
      return .failed(.hook, "\(place), which is not there", remedy(hook.path))
    } catch {
      return .unknown(.hook, "\(place), which can't be looked at: \(error)")
    }
  }

  private static func remedy(_ path: String) -> String {
    "install -m 755 \(name) \(path) (it comes with vipad, in deploy/)"
  }

  /// `-f FILE` or `--use-file=FILE` (keepalived(8)).
  static func fileNamed(onCommandLineOf processId: Int32) -> String? {
    let words = (text(ofFile: "/proc/\(processId)/cmdline") ?? "").split(separator: "\0").map(String.init)
    for (index, word) in words.enumerated() {
      if word == "-f" || word == "--use-file" { return words.dropFirst(index + 1).first }
      for option in ["--use-file=", "-f"] where word.hasPrefix(option) && word != option {
        return String(word.dropFirst(option.count))
      }
    }
    return nil
  }
}
