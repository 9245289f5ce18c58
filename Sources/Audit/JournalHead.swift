import Digest
import FoundationEssentials
import Glibc
import SystemPackage

/// The last record of a chain that the system's journal has, by journalctl(1).
struct JournalHead {
  private static let patienceSeconds = 10

  /// Nil where the journal has nothing of this chain from before that time.
  ///
  /// Blocks, at most ten seconds. Throws `AuditError.system` where the journal can't be read, which says nothing.
  static func read(chainId: String, before time: Date) throws(AuditError) -> AuditChainHead? {
    let until = String(Int64(time.timeIntervalSince1970 * 1_000_000))
    let seconds = "\(until.dropLast(6)).\(until.suffix(6))"
    let found = try lastLine(["--until=@\(seconds)", "VIPAD_CHAIN=\(chainId)"] + ownCopies)
    guard let line = found else {
      guard try lastLine([]) != nil else { throw unreadable("it shows no message at all to this user") }
      return nil
    }
    guard let outline = RecordOutline(line), outline.hashFits else {
      throw unreadable("journalctl gives something else than a record")
    }
    return AuditChainHead(
      chainId: chainId, seq: outline.seq, hash: String(decoding: outline.hash, as: UTF8.self))
  }

  // Whoever sends a message chooses its fields, but for those with an underscore: journald itself writes them.
  private static var ownCopies: [String] { Set([getuid(), 0]).sorted().map { "_UID=\($0)" } }

  // The newest message that matches; nil where there is none. Without --reverse journalctl goes to the newest of all,
  // and shows nothing where that is behind --until: as our own `started` soon is.
  private static func lastLine(_ matches: [String]) throws(AuditError) -> ArraySlice<UInt8>? {
    let words = ["journalctl", "--quiet", "--no-pager", "--output=cat", "--reverse", "--lines=1"] + matches
    guard let output = output(of: words) else { throw unreadable("journalctl can't be run") }
    return output.split(separator: UInt8(ascii: "\n")).last
  }

  private static func unreadable(_ reason: String) -> AuditError {
    .system(
      operation: "read", path: "the journal",
      reason: "\(reason); let its user read it: usermod -aG systemd-journal vipad")
  }

  private static func output(of words: [String]) -> [UInt8]? {
    guard let pipe = try? FileDescriptor.pipe(options: .closeOnExec) else { return nil }
    defer { try? pipe.readEnd.close() }
    let processId = spawned(words, standardOutput: pipe.writeEnd)
    try? pipe.writeEnd.close()
    guard let processId else { return nil }
    let bytes = read(pipe.readEnd)
    kill(processId, SIGKILL)
    waitpid(processId, nil, 0)
    return bytes
  }

  // A line at most; whoever says more is not asked further.
  private static func read(_ pipe: FileDescriptor) -> [UInt8] {
    let end = ContinuousClock.now + .seconds(patienceSeconds)
    var bytes: [UInt8] = []
    while bytes.count < 2 * RecordLimits.maximumLineBytes {
      let remaining = ContinuousClock.now.duration(to: end).components.seconds
      var waiting = pollfd(fd: pipe.rawValue, events: Int16(POLLIN), revents: 0)
      let ready = unsafe poll(&waiting, 1, Int32(max(0, remaining) * 1000))
      if ready < 0 && errno == EINTR { continue }
      guard ready > 0 else { break }
      var chunk = [UInt8](repeating: 0, count: RecordLimits.maximumLineBytes)
      let count = unsafe chunk.withUnsafeMutableBytes { unsafe (try? pipe.read(into: $0)) ?? 0 }
      guard count > 0 else { break }
      bytes.append(contentsOf: chunk[..<count])
    }
    return bytes
  }

  // Found in PATH; with no other descriptor of ours and no blocked signal. posix_spawn(3).
  private static func spawned(_ words: [String], standardOutput: FileDescriptor) -> pid_t? {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    unsafe posix_spawn_file_actions_adddup2(&actions, standardOutput.rawValue, STDOUT_FILENO)
    unsafe posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
    for descriptor in openDescriptors() where descriptor > STDERR_FILENO {
      unsafe posix_spawn_file_actions_addclose(&actions, descriptor)
    }
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    unsafe sigemptyset(&none)
    unsafe posix_spawnattr_setsigmask(&attributes, &none)
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    var arguments = unsafe words.map { unsafe strdup($0) } + [nil]
    defer { for index in unsafe arguments.indices { unsafe free(arguments[index]) } }
    var processId: pid_t = 0
    let error = unsafe posix_spawnp(&processId, words[0], &actions, &attributes, &arguments, environ)
    return error == 0 ? processId : nil
  }

  private static func openDescriptors() -> [Int32] {
    ((try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []).compactMap { Int32($0) }
  }
}
