import Audit
import Dispatch
import Failover
import Glibc
import SystemPackage

/// What this machine's files say; reading them may block, so it is done on a thread of its own.
struct LocalSurvey: Sendable {
  let configuration: Configuration
  let keepalivedProcessId: Int32?

  /// What was found.
  struct Result: Sendable {
    let hook: Finding
    let addressCopier: Finding
    let addressCopiers: [AddressCopier]
    let auditRoom: LogRoom?
  }

  private static let queue = DispatchQueue(label: "vipad files")

  func result() async -> Result {
    await withCheckedContinuation { continuation in
      Self.queue.async { continuation.resume(returning: look()) }
    }
  }

  private func look() -> Result {
    let copiers = AddressCopier.found()
    return Result(
      hook: HookSearch(configuration, keepalivedProcessId: keepalivedProcessId).finding(),
      addressCopier: finding(of: copiers), addressCopiers: copiers, auditRoom: LogRoom(configuration.audit))
  }

  private func finding(of copiers: [AddressCopier]) -> Finding {
    let usesKernel = configuration.groups.contains { $0.witness == .kernel }
    guard let copier = copiers.first else {
      return .ok(.addressCopier, "no software copies addresses of the instance metadata onto interfaces")
    }
    guard usesKernel else {
      return .ok(.addressCopier, "\(copier.name) copies addresses, and the hook alone says who is MASTER")
    }
    return .failed(.addressCopier, copier.finding, copier.remedy)
  }
}

/// How much the file system of the audit log still takes.
struct LogRoom: Sendable, Equatable {
  let directory: String
  let freeBytes: UInt64
  /// One segment of the log: with less than that the log ends soon.
  let neededBytes: UInt64

  /// Nil where the file system can't be asked.
  init?(_ options: AuditOptions) {
    directory = FilePath(options.path).removingLastComponent().string
    neededBytes = UInt64(options.maximumBytes)
    var status = statvfs()
    guard unsafe statvfs(directory, &status) == 0 else { return nil }
    freeBytes = UInt64(status.f_bavail) * UInt64(status.f_frsize)
  }

  var hasRoom: Bool { freeBytes >= neededBytes }
  var words: String { "\(freeBytes / 1_048_576) MiB free" }
}

extension Finding {
  private static let auditRemedy = "make room, or set path under [audit] to a file system that has some"

  /// Whether the log takes records, and will.
  static func audit(isWritten: Bool, reason: String?, room: LogRoom?) -> Finding {
    guard isWritten else { return .failed(.audit, reason ?? "the log can't be written", auditRemedy) }
    guard let room, !room.hasRoom else {
      return .ok(.audit, "the log takes records", reading: room?.words)
    }
    return .failed(
      .audit, "\(room.directory) has less room than one segment of the log takes (\(room.neededBytes) bytes)",
      auditRemedy)
  }
}
