import Glibc

/// Why the audit log can't be opened or read.
public enum AuditError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Another process writes this log; its process id where known.
  case inUse(path: String, processId: Int32?)
  /// A file or its directory is a symlink, of another owner or writable by others.
  case unsafeFile(path: String, reason: String, remedy: String)
  /// A system call failed; `errno` where the call left one.
  case system(operation: String, path: String, reason: String, errno: Int32? = nil)
  /// The path does not end in `.jsonl`.
  case path(String)

  /// One line for the operator: what failed, on what, and what to do.
  public var description: String {
    switch self {
    case .inUse(let path, let processId):
      let holder = processId.map { "process \($0)" } ?? "another process"
      return "the audit log \(path) is already being written by \(holder); stop it, or configure another path"
    case .unsafeFile(let path, let reason, let remedy):
      return "the audit log refuses \(path): \(reason); \(remedy)"
    case .system(let operation, let path, let reason, let errno):
      return "\(operation) \(path): \(reason)" + Self.remedy(errno)
    case .path(let path):
      return "the audit log's path \(path) must end in .jsonl"
    }
  }

  /// Whether the disk may get over it, so that waiting makes sense; anything else is a matter of configuration.
  var mayHeal: Bool {
    guard case .system(_, _, _, let errno?) = self else { return false }
    return [ENOSPC, EDQUOT, EROFS, EIO, EMFILE, ENFILE, ENOMEM, EAGAIN, EINTR, ESTALE, ENOLCK, ETIMEDOUT]
      .contains(errno)
  }

  private static func remedy(_ errno: Int32?) -> String {
    switch errno {
    case ENOSPC: "; free some space on that file system"
    case EDQUOT: "; free some space or raise the quota of the daemon's user"
    case EROFS: "; remount that file system read-write"
    case EIO: "; check the disk"
    case EACCES, EPERM: "; let the daemon's user at it"
    default: ""
    }
  }
}
