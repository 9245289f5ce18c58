import Glibc
import SystemPackage

/// Runs a program from PATH in the checkout.
enum Tool {
  struct Result {
    let status: Int32
    /// Standard output and standard error.
    let output: String
  }

  static func isInstalled(_ name: String) -> Bool {
    let path = unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? ""
    return path.split(separator: ":").contains { unsafe access("\($0)/\(name)", X_OK) == 0 }
  }

  /// - Throws: `Errno` where the program can't be started or its output can't be read.
  static func run(_ name: String, _ arguments: [String]) throws -> Result {
    // `sh` changes the directory and joins the outputs; the arguments are passed on as they are.
    let script = ["-c", "cd \"$0\" && exec \"$@\" 2>&1", Repository.root, name] + arguments
    let pipe = try FileDescriptor.pipe()
    let child = try spawn("/bin/sh", script, output: pipe.writeEnd)
    try pipe.writeEnd.close()
    let output = try pipe.readEnd.closeAfter { try readToEnd(of: pipe.readEnd) }
    var status: Int32 = 0
    guard unsafe waitpid(child, &status, 0) == child else { throw Errno(rawValue: errno) }
    let exitStatus = status & 0x7f == 0 ? status >> 8 & 0xff : -1
    return Result(status: exitStatus, output: String(decoding: output, as: UTF8.self))
  }

  private static func spawn(_ path: String, _ arguments: [String], output: FileDescriptor) throws -> pid_t {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_adddup2(&actions, output.rawValue, STDOUT_FILENO)
    var words: [UnsafeMutablePointer<CChar>?] = unsafe ([path] + arguments).map { unsafe strdup($0) } + [nil]
    defer { for index in unsafe words.indices { unsafe free(words[index]) } }
    var child: pid_t = 0
    let failure = unsafe posix_spawn(&child, path, &actions, nil, &words, environ)
    guard failure == 0 else { throw Errno(rawValue: failure) }
    return child
  }

  private static func readToEnd(of descriptor: FileDescriptor) throws -> [UInt8] {
    var all: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = try unsafe chunk.withUnsafeMutableBytes { try unsafe descriptor.read(into: $0) }
      if count == 0 { return all }
      all += chunk[..<count]
    }
  }
}
