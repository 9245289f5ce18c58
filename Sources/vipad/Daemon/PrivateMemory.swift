import CLinux
import Glibc
import SystemPackage

/// The daemon's memory and environment hold keys and tokens: nobody else is to have them.
enum PrivateMemory {
  /// Refuses core dumps, and other processes of this user a look into memory and environment (`/proc/PID/mem`,
  /// `environ`, ptrace(2)); root can still attach.
  ///
  /// RLIMIT_CORE would not do: the kernel hands a core to a program such as systemd-coredump in spite of it (core(5)).
  /// Programs that the daemon runs are not affected: execve(2) sets the flag anew.
  /// Source: PR_SET_DUMPABLE, prctl(2).
  ///
  /// Swift's own backtrace, where its program is installed, quotes the memory that registers point at, and holds the
  /// crashed process for seconds: it is made only for who asks for it by the variable SWIFT_BACKTRACE.
  ///
  /// - Throws: `Errno`; no cause of one is known.
  static func begin(environment: [String: String]) throws(Errno) {
    guard vipad_refuse_dumps() == 0 else { throw Errno(rawValue: errno) }
    guard environment["SWIFT_BACKTRACE"] == nil else { return }
    for number in [SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGQUIT, SIGSEGV, SIGTRAP] { signal(number, SIG_DFL) }
  }
}
