import Glibc

/// Blocks SIGTERM and SIGINT, before any thread is started, and ignores SIGPIPE.
///
/// - Returns: the blocked signals, to be waited for. Source: sigwait(3), signal(7).
func blockSignals() -> sigset_t {
  var signals = sigset_t()
  unsafe sigemptyset(&signals)
  unsafe sigaddset(&signals, SIGTERM)
  unsafe sigaddset(&signals, SIGINT)
  unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
  signal(SIGPIPE, SIG_IGN)
  return signals
}

/// Blocks this thread until one of the signals comes.
func wait(for signals: sigset_t) {
  var signals = signals
  var received: Int32 = 0
  unsafe sigwait(&signals, &received)
}

/// Writes to standard output at once, whatever it is: print(_:) keeps the line back in a pipe.
func writeOut(_ text: String) {
  var bytes = Array(text.utf8)[...]
  while !bytes.isEmpty {
    let count = unsafe bytes.withUnsafeBytes { buffer in
      unsafe write(STDOUT_FILENO, buffer.baseAddress, buffer.count)
    }
    if count < 0 && errno == EINTR { continue }
    guard count > 0 else { return }
    bytes = bytes.dropFirst(count)
  }
}
