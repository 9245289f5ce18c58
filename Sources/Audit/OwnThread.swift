import Glibc

/// Runs a body on a thread of its own, because it blocks on the disk and the cooperative pool must not.
///
/// Throws `AuditError.system` when there can be no further thread. Source: pthread_create(3).
func startThread(_ body: @escaping @Sendable () -> Void) throws(AuditError) {
  let box = unsafe Unmanaged.passRetained(ThreadBody(run: body))
  var attributes = pthread_attr_t()
  unsafe pthread_attr_init(&attributes)
  unsafe pthread_attr_setstacksize(&attributes, 512 * 1024)
  unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
  defer { unsafe pthread_attr_destroy(&attributes) }
  var thread = pthread_t()
  let result = unsafe pthread_create(&thread, &attributes, runBody, box.toOpaque())
  guard result == 0 else {
    unsafe box.release()
    throw .system(operation: "start a thread for", path: "the audit log", reason: "errno \(result)")
  }
}

private final class ThreadBody: Sendable {
  let run: @Sendable () -> Void
  init(run: @escaping @Sendable () -> Void) { self.run = run }
}

// Takes over the reference that startThread retained.
private func runBody(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  if let argument = unsafe argument {
    let body = unsafe Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue()
    body.run()
  }
  return nil
}
