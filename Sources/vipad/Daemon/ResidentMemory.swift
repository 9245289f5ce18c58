import CLinux
import Glibc

/// What the start alone needed: two thirds of the code that is mapped by then, and what its objects took of the heap.
enum ResidentMemory {
  /// Gives it back to the kernel, for which memory that nobody uses is the first to take when it needs some.
  ///
  /// Code comes back from the page cache in blocks of 64 kB where it runs again, for about a microsecond each.
  /// Sources: MADV_DONTNEED of madvise(2), malloc_trim(3), dl_iterate_phdr(3).
  static func giveBackTheStart() {
    malloc_trim(0)
    unsafe vipad_each_read_only_segment { start, byteCount in
      unsafe _ = madvise(start, byteCount, MADV_DONTNEED)
    }
  }
}
