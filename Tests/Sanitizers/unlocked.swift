import Glibc
import Synchronization

// What `tools/sanitize thread` must tell apart: with --locked all threads take the Mutex, else one leaves it out.

final class Counter: @unchecked Sendable {
  private let mutex = Mutex(())
  private var count = 0

  func count(locked: Bool) {
    for _ in 0..<20_000 {
      if locked { mutex.withLock { _ in count += 1 } } else { count += 1 }
    }
  }
}

let counter = Counter()
let takesTurns = CommandLine.arguments.contains("--locked")
let everybody = 0..<4
var threads = everybody.map { _ in pthread_t() }
for index in everybody {
  let isLast = index == everybody.last
  let body: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? =
    isLast && !takesTurns
    ? { _ in
      counter.count(locked: false)
      return nil
    }
    : { _ in
      counter.count(locked: true)
      return nil
    }
  unsafe pthread_create(&threads[index], nil, body, nil)
}
for thread in threads { pthread_join(thread, nil) }
