import CLinux
import Glibc

/// What memory the daemon keeps while it waits.
enum ResidentMemory {
  /// Has the threads share two heaps: one for each would hold on to what was free in it (M_ARENA_MAX, mallopt(3)).
  ///
  /// First of all, before there are threads.
  static func begin() {
    mallopt(M_ARENA_MAX, 2)
  }

  /// Gives back what the start alone needed: two thirds of the code that is mapped by then, and some of the heap.
  ///
  /// Code comes back from the page cache in blocks of 64 kB where it runs again, for about a microsecond each; what
  /// the kernel does not take stays as it was.
  /// Sources: MADV_DONTNEED of madvise(2), malloc_trim(3), dl_iterate_phdr(3).
  static func giveBackTheStart() {
    malloc_trim(0)
    unsafe vipad_each_read_only_segment { start, byteCount in
      unsafe _ = madvise(start, byteCount, MADV_DONTNEED)
    }
  }
}
