import Glibc

/// Runs `body` on a thread of its own, detached; false if the system has none left.
func startThread(_ body: @escaping @Sendable () -> Void) -> Bool {
  // Released by the thread, which takes it.
  let box = unsafe Unmanaged.passRetained(ThreadBody(body))
  var thread = pthread_t()
  let status = unsafe pthread_create(
    &thread, nil,
    { argument in
      guard let argument = unsafe argument else { return nil }
      unsafe Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run()
      return nil
    }, box.toOpaque())
  if status != 0 { unsafe box.release() } else { pthread_detach(thread) }
  return status == 0
}

private final class ThreadBody: Sendable {
  let run: @Sendable () -> Void
  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}
