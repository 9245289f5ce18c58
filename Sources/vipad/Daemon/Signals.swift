import Glibc

/// The signals that the daemon follows, blocked in every thread and waited for by one.
struct Signals {
  private let followed: sigset_t

  /// Blocks the signals; called before any other thread is there, so that all inherit it.
  static func block() -> Signals {
    var followed = sigset_t()
    unsafe sigemptyset(&followed)
    for number in [SIGTERM, SIGINT, SIGHUP] { unsafe sigaddset(&followed, number) }
    unsafe pthread_sigmask(SIG_BLOCK, &followed, nil)
    signal(SIGPIPE, SIG_IGN)
    return Signals(followed: followed)
  }

  /// Blocks this thread until the daemon is to end; calls `reload` for each SIGHUP.
  func waitForEnd(reload: () -> Void) {
    while next() == SIGHUP { reload() }
  }

  private func next() -> Int32 {
    var received: Int32 = 0
    unsafe withUnsafePointer(to: followed) { set in
      while unsafe sigwait(set, &received) != 0 {}
    }
    return received
  }
}
